import { aLocalApp } from '#test/support/local-app.ts'

/** A client that really listens, whose front channel browsers can load. */
export type LogoutApp = {
  readonly origin: string
  readonly metadata: { readonly [name: string]: readonly string[] | string | boolean }
  /** The queries that the front channel was loaded with. */
  readonly loaded: URLSearchParams[]
  close(): Promise<void>
}

/** What the front channel does when a browser loads it: answers, or never does. */
export type FrontChannel = 'answers' | 'hangs'

/** Lets a client listen on this machine. */
export async function aLogoutApp(frontChannel: FrontChannel = 'answers'): Promise<LogoutApp> {
  const loaded: URLSearchParams[] = []
  const app = await aLocalApp(() => (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://app')
    if (pathname === '/frontchannel') loaded.push(searchParams)
    if (pathname === '/frontchannel' && frontChannel === 'hangs') return
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>App ${pathname}</title>`)
  })
  const at = (path: string) => `${app.origin}${path}`
  return {
    origin: app.origin,
    metadata: { redirect_uris: [at('/callback')], post_logout_redirect_uris: [at('/bye')] },
    loaded,
    close: app.close,
  }
}
