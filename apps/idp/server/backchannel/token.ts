import type { FastifyInstance } from 'fastify'
import type { TokenEndpoint } from '#core/grants/token-endpoint.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'

/** `POST /token` (RFC 6749 §3.2). Nothing is read from the URL. */
export function tokenRoute(app: FastifyInstance, answer: TokenEndpoint): void {
  app.post('/token', async (request, reply) => {
    // Beside `no-store`, which every answer has (RFC 6749 §5.1).
    reply.header('pragma', 'no-cache')
    const form = readForm(request.body)
    const credentials = readClientCredentials(request, form)
    return answer({ credentials, form, origin: originOf(request) })
  })
}
