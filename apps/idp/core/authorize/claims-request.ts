import type { Json } from '../users/user.ts'

/** What one claim is asked for with (OpenID Connect Core §5.5.1). */
export type ClaimWish = { readonly essential?: boolean; readonly value?: Json; readonly values?: readonly Json[] }

/** The `claims` parameter, read (OpenID Connect Core §5.5). */
export type ClaimsRequest = {
  readonly userinfo: { readonly [claim: string]: ClaimWish }
  readonly idToken: { readonly [claim: string]: ClaimWish }
}
