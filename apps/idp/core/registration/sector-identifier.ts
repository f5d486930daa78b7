import type { Client } from '../clients/client.ts'
import { reject } from '../oauth/rejection.ts'
import type { RemoteDocument, SafeFetch } from '../outbound/safe-fetch.ts'

export type CheckSector = (client: Pick<Client, 'redirectUris' | 'sectorIdentifierUri'>) => Promise<void>

/** Runs work whose time is not counted against the request that waits for it. */
export type Untimed = <T>(work: () => Promise<T>) => Promise<T>

const types = ['application/json']
/** Seconds: a document that lacks an address is asked for again, but not more often than this. */
const newsEvery = 30
const field = 'sectorIdentifierUri'

/**
 * Makes the check that a sector is the client's own: the document at `sector_identifier_uri` has to list every redirect
 * URI of it, so that nobody gets the subjects that people have at somebody else's (OpenID Connect Registration §5).
 * Rejects where it does not.
 */
export function sectorChecker(fetcher: Pick<SafeFetch, 'get'>): CheckSector {
  async function read(uri: string, newerThan?: number): Promise<RemoteDocument> {
    const fetched = await fetcher.get(uri, newerThan === undefined ? { types } : { types, newerThan })
    if (fetched.outcome === 'fetched') return fetched.document
    return reject('policy', field, 'The document at sector_identifier_uri could not be read.')
  }

  return async ({ redirectUris, sectorIdentifierUri: uri }) => {
    if (uri === undefined) return
    const lists = (document: RemoteDocument) => {
      const listed = listOf(document.text)
      return redirectUris.every((redirectUri) => listed.has(redirectUri))
    }
    if (lists(await read(uri)) || lists(await read(uri, newsEvery))) return
    reject('policy', field, 'The document at sector_identifier_uri does not list every redirect URI.')
  }
}

function listOf(text: string): ReadonlySet<string> {
  const list = parse(text)
  const isList = Array.isArray(list) && list.every((one) => typeof one === 'string')
  return isList ? new Set(list) : reject('policy', field, 'What is at sector_identifier_uri is no list of texts.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
