import type { FastifyInstance } from 'fastify'
import type { AuthenticateClient } from '#core/clients/authenticate-client.ts'
import type { Clock } from '#core/clock.ts'
import { required } from '#core/oauth/form.ts'
import type { RevokeToken } from '#core/tokens/revoke.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'

export type RevokeRouteParts = {
  readonly authenticate: AuthenticateClient
  readonly revoke: RevokeToken
  readonly clock: Clock
}

/** `POST /revoke` (RFC 7009 §2). 200 for what is unknown or dead already; the type hint is not needed. */
export function revokeRoute(app: FastifyInstance, { authenticate, revoke, clock }: RevokeRouteParts): void {
  app.post('/revoke', async (request, reply) => {
    const form = readForm(request.body)
    const origin = originOf(request)
    const client = await authenticate(readClientCredentials(request, form), origin)
    await revoke(required(form, 'token'), client, { now: clock.now(), origin })
    return reply.code(200).send()
  })
}
