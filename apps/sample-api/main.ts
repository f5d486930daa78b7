import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'

// A microservice that trusts access tokens of one provider. Everything it needs to know is in these three settings.
const issuer = process.env.ISSUER ?? 'http://localhost:3000'
const port = Number(process.env.PORT ?? 3002)
const audience = process.env.AUDIENCE ?? `http://localhost:${port}`

// Fetches the provider's public keys at first use, keeps them, and looks again when a token names a key it has not seen:
// that is all a service needs so as not to notice when the provider rotates its keys.
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), { cooldownDuration: 5000 })

const notes = [
  { title: 'Water the fern', text: 'It looks at you like that for a reason.' },
  { title: 'Rotate the keys', text: 'Nobody will notice. That is the point.' },
  { title: 'Write to grandma', text: 'A letter, with a stamp on it.' },
]

// What is checked, and what the answer says where a check fails.
const explanations = {
  signature: 'No key of the provider made the signature.',
  type: 'Not an access token: the header `typ` is not at+jwt, or a claim that one has is missing.',
  issuer: 'Another provider issued the token.',
  audience: 'The token is for another API.',
  expiry: 'The token has expired, or is not valid yet.',
  scope: 'The token does not allow this.',
}
type Check = keyof typeof explanations

/** Why a request is turned away: what RFC 6750 §3.1 has the client told, and which check failed. */
type Refusal = { status: 400 | 401 | 403; error?: string; failed?: Check; message: string }

type Verdict = { claims: JWTPayload; refusal?: never } | { claims?: never; refusal: Refusal }

/** The claims of a token that passes every check; else the first check that failed. RFC 9068 §4. */
async function verify(authorization: string | undefined, scope: string): Promise<Verdict> {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
  if (!authorization) return refuse(401, 'Send an access token: Authorization: Bearer …')
  if (!token) return refuse(400, 'The Authorization header is not a bearer token.', 'invalid_request')
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['ES256', 'RS256'],
      requiredClaims: ['exp', 'sub', 'client_id'],
    })
    const granted = typeof payload.scope === 'string' ? payload.scope.split(' ') : []
    if (granted.includes(scope)) return { claims: payload }
    return refuse(403, `The token lacks the scope ${scope}.`, 'insufficient_scope', 'scope')
  } catch (error) {
    const failed = failedCheck(error)
    if (!failed) throw error
    return refuse(401, explanations[failed], 'invalid_token', failed)
  }
}

function refuse(status: Refusal['status'], message: string, error?: string, failed?: Check): Verdict {
  return { refusal: { status, message, ...(error && { error }), ...(failed && { failed }) } }
}

/** Which check an error of `jose` speaks of; undefined where it is not about the token (no keys to be had, a bug). */
function failedCheck(error: unknown): Check | undefined {
  if (error instanceof errors.JWTExpired) return 'expiry'
  if (error instanceof errors.JWTClaimValidationFailed) {
    const byClaim: { [claim: string]: Check } = {
      typ: 'type',
      iss: 'issuer',
      aud: 'audience',
      exp: 'expiry',
      nbf: 'expiry',
    }
    return byClaim[error.claim] ?? 'type'
  }
  const aboutTheToken = [
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWSInvalid,
    errors.JWTInvalid,
  ]
  return aboutTheToken.some((kind) => error instanceof kind) ? 'signature' : undefined
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== '/notes' || request.method !== 'GET') return send(response, 404, { message: 'Try GET /notes.' })

  const { claims, refusal } = await verify(request.headers.authorization, 'notes:read')
  if (claims) return send(response, 200, { reader: claims.sub, notes, checked: Object.keys(explanations) })

  const { status, ...reason } = refusal
  response.setHeader('www-authenticate', challenge(refusal))
  send(response, status, reason)
}

/** RFC 6750 §3: no error code where no token was sent; the scope that would do where the token's is too small. */
function challenge({ error, failed, message }: Refusal): string {
  if (!error) return 'Bearer'
  return `Bearer error="${error}", error_description="${message}"${failed === 'scope' ? ', scope="notes:read"' : ''}`
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body, null, 2)}\n`)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    // Not the token's fault, so not 401: a client throws away its tokens on that.
    console.error('cannot verify tokens:', error instanceof Error ? error.message : error)
    response.setHeader('retry-after', '2')
    send(response, 503, { message: 'The keys of the identity provider cannot be fetched. Try again shortly.' })
  })
})
server.listen(port, '127.0.0.1', () => console.log(`sample API listening on ${audience}`))
process.once('SIGTERM', () => server.close())
