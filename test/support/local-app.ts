import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export type LocalApp = { readonly origin: string; close(): Promise<void> }

/** Lets a relying party or an API listen on a free port of this machine. `make` is told where it will be. */
export async function aLocalApp(
  make: (origin: string) => RequestListener | Promise<RequestListener>,
): Promise<LocalApp> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  server.on('request', await make(origin))
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
