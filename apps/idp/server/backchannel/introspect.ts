import type { FastifyInstance } from 'fastify'
import type { AuthenticateClient } from '#core/clients/authenticate-client.ts'
import { isPublic } from '#core/clients/client.ts'
import type { Clock } from '#core/clock.ts'
import { refuse } from '#core/oauth/error.ts'
import { required } from '#core/oauth/form.ts'
import type { Introspect } from '#core/tokens/introspect.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'

export type IntrospectRouteParts = {
  readonly authenticate: AuthenticateClient
  readonly introspect: Introspect
  readonly clock: Clock
}

/** `POST /introspect` (RFC 7662 §2). The caller must be able to prove itself: a public client cannot ask. */
export function introspectRoute(app: FastifyInstance, { authenticate, introspect, clock }: IntrospectRouteParts): void {
  app.post('/introspect', async (request) => {
    const form = readForm(request.body)
    const caller = await authenticate(readClientCredentials(request, form), originOf(request))
    if (isPublic(caller)) refuse('invalid_client', 'a public client may not introspect tokens')
    return introspect(required(form, 'token'), caller, clock.now())
  })
}
