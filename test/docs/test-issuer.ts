import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'

/** What a token is to say instead of what an honest one says. */
export type Change = {
  readonly header?: Partial<JWTHeaderParameters>
  readonly claims?: { readonly [name: string]: unknown }
  readonly key?: CryptoKey | Uint8Array
}

/**
 * An issuer that signs whatever is asked of it. Ours refuses to make the tokens that an API has to refuse; the guides'
 * programs must meet them all the same.
 */
export async function aTestIssuer(audience: string) {
  const pairs = { ES256: await generateKeyPair('ES256'), RS256: await generateKeyPair('RS256') }
  const jwks = await Promise.all(
    Object.entries(pairs).map(async ([alg, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      alg,
      use: 'sig',
      kid: alg,
    })),
  )
  const server = createServer(({ url: path }, response) => {
    const discovery = { issuer: url, jwks_uri: `${url}/.well-known/jwks.json` }
    const document = path?.endsWith('/jwks.json') ? { keys: jwks } : discovery
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  /** An honest access token, but for what is changed. */
  async function token({ header, claims, key }: Change = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const honest = {
      iss: url,
      aud: audience,
      sub: 'alice',
      client_id: 'app',
      scope: 'openid notes:read',
      iat: now,
      exp: now + 60,
      jti: 'a',
    }
    const said = { ...honest, ...claims }
    const { alg = 'ES256', ...rest } = header ?? {}
    const signer = new SignJWT(said).setProtectedHeader({ typ: 'at+jwt', kid: alg, ...rest, alg })
    return signer.sign(key ?? (alg === 'RS256' ? pairs.RS256 : pairs.ES256).privateKey)
  }

  return { url, token, jwks, close: () => new Promise((resolve) => server.close(resolve)) }
}
