import { reject } from '../oauth/rejection.ts'
import { grantsOf, type ResponseType } from '../oauth/response-type.ts'
import type { Client } from './client.ts'

/**
 * Refuses response types, and their grant, that this provider is not set to speak: a client that is registered for them
 * would be refused at every sign-in.
 */
export function requireSpoken(
  { responseTypes, grantTypes }: Pick<Client, 'responseTypes' | 'grantTypes'>,
  spoken: readonly ResponseType[] = ['code'],
): void {
  const off = [...responseTypes].find((type) => !spoken.some((each) => each === type))
  if (off !== undefined)
    reject('policy', 'responseTypes', `The response type ${off} is off: see authorize.frontChannelTokens.`)
  if (grantTypes.has('implicit') && !spoken.some((type) => grantsOf(type).includes('implicit')))
    reject('policy', 'grantTypes', 'The grant implicit is off: see authorize.frontChannelTokens.')
}
