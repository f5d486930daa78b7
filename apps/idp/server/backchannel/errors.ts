import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Fault, faultOf } from '../http/faults.ts'

/** The door for errors at endpoints for machines: RFC 6749 §5.2 JSON, with the challenge that 401 asks for. */
export function jsonErrors(app: FastifyInstance, issuer: string): void {
  app.setErrorHandler(async (error, request, reply) => {
    const fault = faultOf(error)
    if (fault.isOurs) request.log.error({ err: error }, 'could not answer')
    challenge(reply, fault, issuer)
    if (fault.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(fault.retryAfter)))
    // A plain object: sending the error itself would answer the library's own shape.
    return reply.code(fault.status).send({ error: fault.code, error_description: fault.description })
  })
}

/** RFC 6749 §5.2 for clients, RFC 6750 §3 and RFC 9470 §3 for bearer tokens. */
function challenge(reply: FastifyReply, { code, description, challenge: more = {} }: Fault, issuer: string): void {
  if (code === 'invalid_client') reply.header('www-authenticate', `Basic realm="${issuer}", charset="UTF-8"`)
  if (!bearerErrors.has(code)) return
  const said = { realm: issuer, error: code, error_description: description, ...more }
  const parameters = Object.entries(said).map(([name, value]) => `${name}="${value}"`)
  reply.header('www-authenticate', `Bearer ${parameters.join(', ')}`)
}

const bearerErrors: ReadonlySet<string> = new Set([
  'invalid_token',
  'insufficient_scope',
  'insufficient_user_authentication',
])
