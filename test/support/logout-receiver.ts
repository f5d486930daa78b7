import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { anOutsideServer } from './outside-servers.ts'

/** An app's back-channel logout address: keeps what it is told, and answers 200 unless told otherwise. */
export type LogoutReceiver = {
  readonly uri: string
  /** The bodies that were posted, the oldest first. */
  readonly bodies: string[]
  /** The logout tokens in them. */
  tokens(): string[]
  close(): Promise<void>
}

/** Lets an app's back-channel logout address listen on this machine; `answer` replaces the 200 that spec asks for. */
export async function aLogoutReceiver(answer?: (response: ServerResponse) => void): Promise<LogoutReceiver> {
  const bodies: string[] = []
  const server = await anOutsideServer(async (request, response) => {
    bodies.push(await text(request))
    if (answer) answer(response)
    else response.writeHead(200, { 'cache-control': 'no-store' }).end()
  })
  return {
    uri: `http://localhost:${server.port}/backchannel`,
    bodies,
    tokens: () => bodies.map((body) => new URLSearchParams(body).get('logout_token') ?? ''),
    close: server.close,
  }
}
