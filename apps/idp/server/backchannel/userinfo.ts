import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#core/clock.ts'
import { refuse } from '#core/oauth/error.ts'
import type { ReadAccessToken } from '#core/tokens/read-access-token.ts'
import { requireFresh } from '#core/tokens/require-fresh.ts'
import type { UserInfo, WriteUserInfo } from '#core/tokens/write-user-info.ts'
import { pickClaims, releaseClaims } from '#core/users/claims.ts'
import type { SubjectFor } from '#core/users/subject.ts'
import { readBearer } from '../http/bearer.ts'
import { readForm } from '../http/forms.ts'

export type UserInfoRouteParts = {
  readonly readAccessToken: ReadAccessToken
  readonly subjectFor: SubjectFor
  readonly writeUserInfo: WriteUserInfo
  readonly issuer: string
  readonly clock: Clock
  /** Seconds since the sign-in that are accepted; 0 for any. */
  readonly userInfoMaxAge: number
}

/** `GET` and `POST /userinfo` (OpenID Connect Core §5.3): the claims that the token's scopes release, as the client wants them written. */
export function userInfoRoute(app: FastifyInstance, parts: UserInfoRouteParts): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const presented = readBearer(request.headers.authorization, readForm(request.body))
    if (presented === undefined) {
      // RFC 6750 §3.1: a request without any token is told the scheme and no error code.
      return reply.code(401).header('www-authenticate', `Bearer realm="${parts.issuer}"`).send()
    }
    const { type, body } = await describe(parts, presented)
    return reply.type(type === 'application/jwt' ? type : `${type}; charset=utf-8`).send(body)
  }
  app.get('/userinfo', answer)
  app.post('/userinfo', answer)
}

async function describe(
  { readAccessToken, subjectFor, writeUserInfo, issuer, clock, userInfoMaxAge }: UserInfoRouteParts,
  presented: string,
): Promise<UserInfo> {
  const now = clock.now()
  const live = await readAccessToken(presented, now)
  if (!live) refuse('invalid_token', 'the access token is not valid or has ended')
  const { token, client, user } = live
  if (token.audience !== issuer)
    refuse('invalid_token', `the access token is for ${token.audience}; ask for one with resource=${issuer}`)
  if (!user || !token.scopes.has('openid')) refuse('insufficient_scope', 'the access token lacks the scope openid')
  if (userInfoMaxAge > 0) requireFresh(token, userInfoMaxAge, now)
  const wished = token.claims.uic
  const byName = Array.isArray(wished) ? wished.filter((claim): claim is string => typeof claim === 'string') : []
  const claims = { ...pickClaims(user, byName), ...releaseClaims(user, token.scopes) }
  return writeUserInfo({ ...claims, sub: subjectFor(client, user.sub) }, client, now)
}
