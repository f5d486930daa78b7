import { createHmac } from 'node:crypto'
import type { Client } from '../clients/client.ts'
import { isOnThisDevice } from '../clients/redirect-uri.ts'
import { Unavailable } from '../oauth/error.ts'
import { pairwiseSid } from './pairwise-sid.ts'
import type { SubjectSalt } from './subject-salt.ts'

/** What decides by which subject a client knows people. */
export type Knower = Pick<Client, 'id' | 'subjectType' | 'sectorIdentifierUri' | 'redirectUris'>

/** The `sub` by which a client knows a person; see {@link subjects}. */
export type SubjectFor = (client: Knower, userId: string) => string

/** The `sid` by which a client knows a session; see {@link subjects}. */
export type SidFor = (client: Knower, sessionId: string) => string

/** How clients know people and their sessions. */
export type Subjects = {
  readonly subjectFor: SubjectFor
  readonly sidFor: SidFor
  /** The session that a client names by its `sid`; undefined where that is none of its sector's. */
  readonly sessionOf: (client: Knower, sid: string) => string | undefined
}

/**
 * Makes what clients see of people (OpenID Connect Core §8.1). A public subject is the person's own. A pairwise one is
 * the same in one sector and says nothing in another, and so is the `sid` that comes with it; both follow from the salt
 * alone, so that they never change. Throws `Unavailable` where the salt cannot be opened: another subject would be
 * another person (docs/decisions/0021).
 */
export function subjects(salt: SubjectSalt): Subjects {
  const sids = salt === undefined ? undefined : pairwiseSid(salt)
  const isPublic = ({ subjectType }: Knower) => subjectType === 'public'
  return {
    subjectFor(client, userId) {
      if (isPublic(client)) return userId
      return createHmac('sha256', salt ?? unopened())
        .update(`signet pairwise subject 1\n${sectorOf(client)}\n${userId}`)
        .digest('base64url')
    },
    sidFor: (client, id) => (isPublic(client) ? id : (sids ?? unopened()).seal(sectorOf(client), id)),
    sessionOf: (client, sid) => (isPublic(client) ? sid : (sids ?? unopened()).open(sectorOf(client), sid)),
  }
}

function unopened(): never {
  throw new Unavailable('the salt of pairwise subjects cannot be opened by this keys.secret')
}

/**
 * Whose people are the same: the host that vouches for the client's redirect URIs, or the one host of all of them. A
 * client without such a host, an app on the person's device for instance, is a sector of its own.
 */
function sectorOf({ id, sectorIdentifierUri, redirectUris }: Knower): string {
  if (sectorIdentifierUri !== undefined) return new URL(sectorIdentifierUri).hostname
  const hosts = new Set(redirectUris.map((uri) => (isOnThisDevice(uri) ? '' : new URL(uri).hostname)))
  const [host = '', ...others] = hosts
  return host === '' || others.length > 0 ? `client ${id}` : host
}
