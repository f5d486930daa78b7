import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#core/clock.ts'
import { refuse } from '#core/oauth/error.ts'
import type { ReadAccessToken } from '#core/tokens/read-access-token.ts'
import { pickClaims, releaseClaims } from '#core/users/claims.ts'
import type { Json } from '#core/users/user.ts'
import { readBearer } from '../http/bearer.ts'
import { readForm } from '../http/forms.ts'

export type UserInfoRouteParts = {
  readonly readAccessToken: ReadAccessToken
  readonly issuer: string
  readonly clock: Clock
}

/** `GET` and `POST /userinfo` (OpenID Connect Core §5.3): the claims that the token's scopes release. */
export function userInfoRoute(app: FastifyInstance, parts: UserInfoRouteParts): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const presented = readBearer(request.headers.authorization, readForm(request.body))
    if (presented === undefined) {
      // RFC 6750 §3.1: a request without any token is told the scheme and no error code.
      return reply.code(401).header('www-authenticate', `Bearer realm="${parts.issuer}"`).send()
    }
    return describe(parts, presented)
  }
  app.get('/userinfo', answer)
  app.post('/userinfo', answer)
}

async function describe(
  { readAccessToken, issuer, clock }: UserInfoRouteParts,
  presented: string,
): Promise<{ readonly [claim: string]: Json }> {
  const live = await readAccessToken(presented, clock.now())
  if (!live) refuse('invalid_token', 'the access token is not valid or has ended')
  const { token, user } = live
  if (token.audience !== issuer)
    refuse('invalid_token', `the access token is for ${token.audience}; ask for one with resource=${issuer}`)
  if (!user || !token.scopes.has('openid')) refuse('insufficient_scope', 'the access token lacks the scope openid')
  const wished = token.claims.uic
  const byName = Array.isArray(wished) ? wished.filter((claim): claim is string => typeof claim === 'string') : []
  return { ...pickClaims(user, byName), ...releaseClaims(user, token.scopes), sub: user.sub }
}
