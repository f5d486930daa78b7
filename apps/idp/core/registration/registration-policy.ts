import { clientAuthenticationMethods } from '../clients/client.ts'
import { type ClientWishes, grantsFor } from '../clients/client-wishes.ts'
import { type Fault, rejectFaults } from '../oauth/rejection.ts'
import type { Scopes } from '../oauth/scope.ts'

/** What a client that registers itself may have: by its token, by the settings, or because it has it already. */
export type Allowance = {
  readonly scopes: Scopes
  readonly clientCredentials: boolean
  /** How a client can prove itself at this server. */
  readonly methods: readonly string[]
}

/**
 * The wishes as far as an operator leaves them to strangers. Rejects scopes and grants beyond the allowance. A client
 * that asks for no scope gets all that it may ask for (RFC 7591 §2), and one without a name is called by its host.
 */
export function permitted(wishes: ClientWishes, allowance: Allowance): ClientWishes {
  const { scopes, clientCredentials, methods } = allowance
  const faults: Fault[] = []
  const beyond = (wishes.scopes ?? []).filter((scope) => !scopes.has(scope))
  if (beyond.length > 0) {
    const what = `These scopes cannot be had by registration: ${beyond.slice(0, 10).join(' ')}.`
    faults.push({ field: 'scopes', what, policy: true })
  }
  if (wishes.grantTypes?.includes('client_credentials') && !clientCredentials) {
    const what = 'client_credentials is for clients that an operator, or a token of the operator, allows it.'
    faults.push({ field: 'grantTypes', what, policy: true })
  }
  const { authenticationMethod: method } = wishes
  if (method !== undefined && !methods.includes(method)) {
    const why = clientAuthenticationMethods.some((each) => each === method)
      ? 'is not offered here, as no certificate of a client comes to this server with what it takes to check it'
      : 'is not known'
    const what = `${method} ${why}; use one of: ${methods.join(', ')}.`
    faults.push({ field: 'authenticationMethod', what })
  }
  rejectFaults(faults)
  return {
    ...wishes,
    name: wishes.name ?? hostOf(wishes.redirectUris?.[0]),
    scopes: wishes.scopes ?? [...scopes],
    // Only whoever asks for offline access by name is taken to want refresh tokens.
    grantTypes: wishes.grantTypes ?? (wishes.scopes ? undefined : grantsFor(wishes.responseTypes)),
  }
}

function hostOf(uri: string | undefined): string {
  const host = uri === undefined ? '' : (URL.parse(uri)?.hostname ?? '')
  return host === '' ? 'An app without a name' : host.slice(0, 100)
}
