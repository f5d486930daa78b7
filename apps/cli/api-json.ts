import type { Api } from '#core/apis/api.ts'

/** An API as `--json` shows it. */
export function apiJson(api: Api): { readonly [name: string]: unknown } {
  return {
    audience: api.audience,
    scopes: Object.fromEntries(api.scopes),
    token_format: api.tokenFormat,
    alg: api.alg,
    lifetime: api.lifetime,
    created_at: api.createdAt,
  }
}
