import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '#core/clients/client.ts'
import { toSeconds } from '#core/clock.ts'
import { refuse } from '#core/oauth/error.ts'
import { clientDocument, type JsonObject } from '#core/registration/client-document.ts'
import type { RegisterClient } from '#core/registration/register.ts'
import type { Registrant, RegistrationKeeper } from '#core/registration/registration-keeper.ts'
import type { Untimed } from '#core/registration/sector-identifier.ts'
import { readBearer } from '../http/bearer.ts'
import { untimed } from '../http/deadline.ts'
import { originOf } from '../http/origin.ts'

export type RegistrationRouteParts = {
  readonly issuer: string
  readonly register: RegisterClient
  readonly keeper: RegistrationKeeper
}

type Told = { readonly client: Client; readonly token: string; readonly secret?: string | undefined }

/**
 * `/register` (RFC 7591 §3) and `/register/<client_id>` (RFC 7592 §2): JSON in and out, in a scope of its own, because
 * nothing else here takes JSON.
 */
export async function registrationRoutes(app: FastifyInstance, parts: RegistrationRouteParts): Promise<void> {
  const { issuer, register, keeper } = parts
  takeJson(app)
  const answer = (told: Told) => ({ ...describe(issuer, told), ...clientDocument(told.client) })

  app.post('/register', async (http, reply) => {
    const token = readBearer(http.headers.authorization, new Map())
    const asked = { document: http.body, token, origin: originOf(http), untimed: untimedIn(http) }
    return reply.code(201).send(answer(await register(asked)))
  })

  app.get<Path>('/register/:id', async (http) => {
    const who = registrantOf(http)
    return answer({ client: await keeper.read(who), token: who.token })
  })

  app.put<Path>('/register/:id', async (http) => {
    const who = registrantOf(http)
    const client = await keeper.replace(who, http.body, untimedIn(http))
    return answer({ client, token: who.token })
  })

  app.delete<Path>('/register/:id', async (http, reply): Promise<FastifyReply> => {
    await keeper.remove(registrantOf(http))
    return reply.code(204).send()
  })
}

function untimedIn(http: FastifyRequest): Untimed {
  return (work) => untimed(http, work)
}

type Path = { Params: { id: string } }

function registrantOf(http: FastifyRequest<Path>): Registrant {
  const token = readBearer(http.headers.authorization, new Map())
  if (token === undefined) refuse('invalid_token', 'the registration access token is missing')
  return { id: http.params.id, token, origin: originOf(http) }
}

/**
 * What only we say of a client (RFC 7591 §3.2.1). The token is the one that was presented, or the new one; a secret is
 * told when it is made and never again, since a digest is all that is kept.
 */
function describe(issuer: string, { client, token, secret }: Told): JsonObject {
  return {
    client_id: client.id,
    client_id_issued_at: toSeconds(client.createdAt),
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_client_uri: `${issuer}/register/${encodeURIComponent(client.id)}`,
    registration_access_token: token,
  }
}

class UnsupportedType extends Error {
  readonly statusCode = 415
}

function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      // What is no JSON is no object either, and is refused as such.
      done(null, undefined)
    }
  })
  app.addContentTypeParser('*', (_request, _payload, done) => done(new UnsupportedType('not JSON')))
}
