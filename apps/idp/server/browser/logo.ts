import type { FastifyInstance } from 'fastify'
import { untimed } from '../http/deadline.ts'
import type { BrowserParts } from './parts.ts'

/** `/logos/<client_id>/<version>`: the logo of a client, from here and not from the app (see `ClientLogos`). */
export function logoRoute(app: FastifyInstance, { logos }: Pick<BrowserParts, 'logos'>): void {
  app.get<{ Params: { client: string; version: string } }>('/logos/:client/:version', async (http, reply) => {
    const { client, version } = http.params
    // The fetch has a bound of its own.
    const picture = await untimed(http, () => logos.find(client, version))
    if (!picture) return reply.code(404).send()
    reply.type(picture.type).header('cache-control', 'public, max-age=3600')
    return reply.header('cross-origin-resource-policy', 'same-origin').send(Buffer.from(picture.bytes))
  })
}
