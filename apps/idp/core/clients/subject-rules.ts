import type { Fault } from '../oauth/rejection.ts'
import type { ClientWishes } from './client-wishes.ts'

/**
 * Sees that pairwise subjects stay what they are for: one host stands for the client (OpenID Connect Core §8.1), and
 * nothing that it can read says whom the API sees.
 */
export function checkSubject(faults: Fault[], wishes: ClientWishes): void {
  if (wishes.subjectType !== 'pairwise') return
  const hosts = new Set((wishes.redirectUris ?? []).map((uri) => URL.parse(uri)?.hostname))
  if (hosts.size > 1 && wishes.sectorIdentifierUri === undefined) {
    const what = 'Pairwise subjects of redirect URIs with several hosts need a sector_identifier_uri.'
    faults.push({ field: 'sectorIdentifierUri', what })
  }
  if (wishes.accessTokenFormat === 'jwt') {
    const what =
      'Access tokens of a client with pairwise subjects are opaque: a JWT would tell it the subject that APIs see.'
    faults.push({ field: 'accessTokenFormat', what, policy: true })
  }
}
