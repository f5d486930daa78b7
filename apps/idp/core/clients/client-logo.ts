import { type Clock, later } from '../clock.ts'
import { digest } from '../oauth/random.ts'
import type { SafeFetch } from '../outbound/safe-fetch.ts'
import type { Client } from './client.ts'
import type { ClientStore } from './client-store.ts'

/** A picture as its own bytes say that it is. */
export type Picture = { readonly bytes: Uint8Array; readonly type: string }

/** The logos of clients, as we show them: fetched by us, so that no app learns who is signing in, and when. */
export type ClientLogos = {
  /** Where a client's logo is found at our own server; undefined where it has none, or none that can be had. */
  pathOf(client: Pick<Client, 'id' | 'logoUri'>): string | undefined
  /** The picture behind such a path; undefined where there is none. */
  find(clientId: string, version: string): Promise<Picture | undefined>
}

export type ClientLogoParts = {
  readonly clients: Pick<ClientStore, 'find'>
  readonly fetcher: Pick<SafeFetch, 'getPicture'>
  readonly clock: Clock
}

/** Raster formats, by what each begins with. No SVG: it is a document, and may carry script. */
const formats: readonly { readonly type: string; readonly fits: (head: string) => boolean }[] = [
  { type: 'image/png', fits: (head) => head.startsWith('\x89PNG\r\n\x1a\n') },
  { type: 'image/jpeg', fits: (head) => head.startsWith('\xff\xd8\xff') },
  { type: 'image/gif', fits: (head) => /^GIF8[79]a/.test(head) },
  { type: 'image/webp', fits: (head) => head.startsWith('RIFF') && head.startsWith('WEBP', 8) },
]

const types = formats.map(({ type }) => type)
/** Seconds in which pages do without a logo that could not be had, and how many such are remembered. */
const withoutFor = 600
const mostFailed = 1000

/**
 * Serves logos from a path that a page can name before anything was fetched: the picture is asked for when the browser
 * asks for it, and the page waits for nobody. After a failure pages show none for a while.
 */
export function clientLogos({ clients, fetcher, clock }: ClientLogoParts): ClientLogos {
  const failed = new Map<string, Date>()

  function isWithout(uri: string): boolean {
    const until = failed.get(uri)
    return until !== undefined && until > clock.now()
  }

  return {
    pathOf({ id, logoUri }) {
      if (logoUri === undefined || isWithout(logoUri)) return undefined
      return `/logos/${encodeURIComponent(id)}/${versionOf(logoUri)}`
    },

    async find(clientId, version) {
      const client = await clients.find(clientId)
      const uri = client?.enabled ? client.logoUri : undefined
      if (uri === undefined || versionOf(uri) !== version) return undefined
      const fetched = await fetcher.getPicture(uri, { types })
      const picture = fetched.outcome === 'fetched' ? readPicture(fetched.document.bytes) : undefined
      if (picture) failed.delete(uri)
      else {
        if (failed.size >= mostFailed) failed.clear()
        failed.set(uri, later(clock.now(), withoutFor))
      }
      return picture
    },
  }
}

/** Another address is another path, so that a browser may keep what it has. */
function versionOf(uri: string): string {
  return digest(uri).slice(0, 16)
}

/** Whatever its server called it. */
function readPicture(bytes: Uint8Array): Picture | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const format = formats.find(({ fits }) => fits(head))
  return format && { bytes, type: format.type }
}
