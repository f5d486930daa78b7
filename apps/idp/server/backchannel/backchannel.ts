import type { FastifyInstance } from 'fastify'
import type { TokenEndpoint } from '#core/grants/token-endpoint.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { jwksRoute, metadataRoutes, type PublicDocument } from './documents.ts'
import { jsonErrors } from './errors.ts'
import { type IntrospectRouteParts, introspectRoute } from './introspect.ts'
import { type RegistrationRouteParts, registrationRoutes } from './registration.ts'
import { type RevokeRouteParts, revokeRoute } from './revoke.ts'
import { tokenRoute } from './token.ts'
import { type UserInfoRouteParts, userInfoRoute } from './userinfo.ts'

export type BackchannelParts = IntrospectRouteParts &
  RevokeRouteParts &
  UserInfoRouteParts & {
    readonly token: TokenEndpoint
    readonly ring: KeyRing
    /** Absent where clients cannot register themselves. */
    readonly registration?: Omit<RegistrationRouteParts, 'issuer'> | undefined
    readonly readMetadata: () => PublicDocument
  }

/** The endpoints for machines: JSON, no cookies, `no-store` unless an answer says otherwise. */
export async function backchannel(app: FastifyInstance, parts: BackchannelParts): Promise<void> {
  jsonErrors(app, parts.issuer)
  tokenRoute(app, parts.token)
  introspectRoute(app, parts)
  revokeRoute(app, parts)
  userInfoRoute(app, parts)
  jwksRoute(app, parts)
  const { registration, issuer } = parts
  if (registration) await app.register((scope) => registrationRoutes(scope, { ...registration, issuer }))
}

/** The metadata at the addresses that RFC 8414 §3.1 derives from the issuer, which may lie outside its path. */
export async function wellKnown(
  app: FastifyInstance,
  paths: readonly string[],
  read: () => PublicDocument,
): Promise<void> {
  metadataRoutes(app, paths, read)
}
