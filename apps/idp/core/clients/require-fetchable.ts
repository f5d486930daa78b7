import { reject } from '../oauth/rejection.ts'
import { type AllowList, allowList } from '../outbound/allow-list.ts'
import { readOutboundUri } from '../outbound/outbound-uri.ts'
import type { ClientWishes } from './client-wishes.ts'

/** What is fetched of a client: its documents, and where it wants to be told of something. */
type Fetched = Pick<ClientWishes, 'jwksUri' | 'sectorIdentifierUri' | 'requestUris' | 'backchannelLogout'>

/** The same rule as when it is fetched, as far as the URI alone can tell: what can never be fetched is not kept. */
export function requireFetchable(client: Fetched, allow: AllowList = allowList([])): void {
  const { jwksUri, sectorIdentifierUri, requestUris = [], backchannelLogout } = client
  const uris = {
    jwksUri: [jwksUri],
    sectorIdentifierUri: [sectorIdentifierUri],
    requestUris,
    backchannelLogout: [backchannelLogout?.uri],
  }
  for (const [field, all] of Object.entries(uris)) {
    for (const uri of all) {
      const fault = uri === undefined ? undefined : readOutboundUri(uri, allow)
      if (typeof fault === 'string') reject('policy', field, `${JSON.stringify(uri)} cannot be registered: ${fault}.`)
    }
  }
}
