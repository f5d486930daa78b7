import { generateKeyPairSync, sign } from 'node:crypto'

/** A client that signs request objects, and may be answered with tokens. */
export type RequestingApp = {
  readonly id: string
  readonly jwks: object
  /** An honest request object (RFC 9101 §4). */
  objectFor(issuer: string, redirectUri: string): string
}

/** Makes one, with a key of its own. */
export function aRequestingApp(id: string): RequestingApp {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    id,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] },
    objectFor(issuer, redirectUri) {
      const now = Math.floor(Date.now() / 1000)
      const request = {
        ...{ iss: id, aud: issuer, iat: now, exp: now + 600 },
        ...{ client_id: id, response_type: 'code id_token', redirect_uri: redirectUri, scope: 'openid' },
        ...{ state: 'inner', nonce: 'a-nonce', max_age: 3600, claims: { id_token: { auth_time: null } } },
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      }
      const text = `${part({ alg: 'ES256', kid: 'k', typ: 'oauth-authz-req+jwt' })}.${part(request)}`
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${text}.${signature.toString('base64url')}`
    },
  }
}
