import type { ClientStore } from '#core/clients/client-store.ts'

/**
 * Makes the question whether a browser at an origin may call the token endpoint, UserInfo and revocation: it is listed
 * in `cors.origins`, or some client's people are led back to it. The clients are read again after five seconds.
 */
export function allowedOrigins(clients: ClientStore, listed: readonly string[]): (origin: string) => Promise<boolean> {
  let origins: Promise<ReadonlySet<string>> | undefined

  function read(): Promise<ReadonlySet<string>> {
    if (origins) return origins
    const reading = clients
      .list()
      .then((all) => new Set(all.flatMap((client) => client.redirectUris.flatMap(webOrigin))))
    origins = reading
    const forget = () => {
      if (origins === reading) origins = undefined
    }
    reading.catch(forget)
    setTimeout(forget, 5000).unref()
    return reading
  }

  return async (origin) => listed.includes(origin) || (await read()).has(origin)
}

function webOrigin(uri: string): readonly string[] {
  return /^https?:\/\//.test(uri) && URL.canParse(uri) ? [new URL(uri).origin] : []
}
