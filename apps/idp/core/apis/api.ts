import type { TokenFormat } from '../clients/client.ts'
import type { Freshness, Put } from '../clients/client-store.ts'

/** What tokens are for: one audience (RFC 8707) with its scopes in words that a person understands. */
export type Api = {
  /** An absolute URI without fragment; the `aud` of its tokens. */
  readonly audience: string
  /** Scope name → the sentence that the consent page shows. */
  readonly scopes: ReadonlyMap<string, string>
  readonly tokenFormat: TokenFormat
  /** The algorithm its tokens are signed with; undefined takes the default. */
  readonly alg: string | undefined
  /** Seconds; undefined takes `tokens.accessLifetime`. */
  readonly lifetime: number | undefined
  readonly createdAt: Date
  readonly revision: number
}

/** Where APIs are kept; durable. */
export interface ApiStore {
  /** `recent` unless told. */
  find(audience: string, freshness?: Freshness): Promise<Api | undefined>
  /** All of them, by audience. */
  list(freshness?: Freshness): Promise<readonly Api[]>
  /** Keeps a new one; `taken` where the audience or one of the scope names belongs to another API. */
  begin(api: Api): Promise<'begun' | 'taken'>
  /** Replaces it if nobody changed it since `api.revision` was read; `taken` as above. */
  put(api: Api): Promise<Put | 'taken'>
  end(audience: string): Promise<boolean>
}
