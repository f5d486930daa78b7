import type { Client } from '../clients/client.ts'
import type { Freshness } from '../clients/client-store.ts'
import type { Form } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import type { TokenResponse } from '../tokens/mint.ts'

/** A token request whose client has proved itself and may use the grant. */
export type GrantRequest = { readonly client: Client; readonly form: Form; readonly origin: Origin }

/** One `grant_type`: what makes it different from the others. The phases they share belong to the token endpoint. */
export interface Grant {
  readonly type: string
  /** Of the client's record; `recent` unless told. */
  readonly freshness?: Freshness
  redeem(request: GrantRequest): Promise<TokenResponse>
}
