import { type OAuthErrorCode, refuse } from '../oauth/error.ts'
import { Rejection } from '../oauth/rejection.ts'
import { wireNameOf } from './client-document.ts'

/** Longer than this no description helps anybody. */
const longest = 500

/** Runs work on a registration; what is rejected is refused with the codes of RFC 7591 §3.2.2. */
export async function inProtocolWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    if (error.code === 'conflict') refuse('temporarily_unavailable', error.message, { retryAfter: 1 })
    if (error.code === 'missing') refuse('invalid_token', 'there is no such client any more')
    return refuse(codeOf(error), describe(error))
  }
}

function codeOf({ faults }: Rejection): OAuthErrorCode {
  return faults.some(({ field }) => field === 'redirectUris') ? 'invalid_redirect_uri' : 'invalid_client_metadata'
}

/** Each fault under the name that the client's developer knows it by. */
function describe({ faults }: Rejection): string {
  const said = faults.map(({ field, what }) => {
    const name = wireNameOf(field)
    return name === undefined || what.includes(name) ? what : `${name}: ${what}`
  })
  return said.join(' ').replaceAll('"', "'").replaceAll('§', 'section ').slice(0, longest)
}
