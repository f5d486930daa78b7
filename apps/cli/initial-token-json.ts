import { formatScope } from '#core/oauth/scope.ts'
import type { InitialToken } from '#core/registration/initial-token.ts'

/** A registration token as `--json` shows it. Never the token, nor its digest. */
export function initialTokenJson(token: InitialToken): { readonly [name: string]: unknown } {
  return {
    id: token.id,
    uses_left: token.uses,
    scope: token.scopes && formatScope(token.scopes),
    client_credentials: token.clientCredentials,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  }
}
