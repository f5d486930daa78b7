import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assets } from '#pages/assets.ts'

/** The policy that every page must hold under; the scheme is what the server adds for the redirect. */
const strictPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self' http:; base-uri 'none'; frame-ancestors 'none'"

/** A server that shows ready-made pages under the strict policy and remembers the forms that it gets. */
export type PageHost = {
  readonly origin: string
  /** Puts a page up and says where. */
  show(page: string): string
  /** What was posted since it was asked last, to `/sent`, which leaves the page as it is, or to `/callback`. */
  posts(): readonly URLSearchParams[]
  close(): Promise<void>
}

/** Listens on a free port of the loopback address until it is closed. */
export async function startPageHost(): Promise<PageHost> {
  const pages: string[] = []
  const posted: URLSearchParams[] = []
  const server = createServer((request, response) => answer(request, response, { pages, posted }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    show: (page) => `${origin}/page/${pages.push(page) - 1}`,
    posts: () => posted.splice(0),
    close: () => closed(server),
  }
}

type Shown = { readonly pages: readonly string[]; readonly posted: URLSearchParams[] }

async function answer(request: IncomingMessage, response: ServerResponse, { pages, posted }: Shown): Promise<void> {
  const path = request.url ?? '/'
  const asset = assets.get(path)
  if (asset) return void response.writeHead(200, { 'content-type': asset.type }).end(asset.body)
  if (path === '/sent' || path === '/callback') {
    posted.push(new URLSearchParams(await bodyOf(request)))
    return void response.writeHead(path === '/sent' ? 204 : 200).end()
  }
  const page = pages[Number(path.slice('/page/'.length))]
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': strictPolicy }
  response.writeHead(page === undefined ? 404 : 200, headers).end(page)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
