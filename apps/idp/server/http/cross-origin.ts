import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pathOf } from './logging.ts'

export type CrossOriginParts = {
  /** Documents that any page may fetch. */
  readonly isPublicDocument: (path: string) => boolean
  /** Endpoints that any page may call: whoever registers is known to nobody yet (docs/decisions/0032). */
  readonly isForAnyPage: (path: string) => boolean
  /** Endpoints that listed pages may call. */
  readonly isForBrowsers: (path: string) => boolean
  readonly isAllowedOrigin: (origin: string) => Promise<boolean>
}

/**
 * What scripts of other origins may read: public documents and registration anybody, some endpoints the known apps, pages
 * nobody. Never with the cookies of a browser: what an answer says depends on what the script itself brought.
 */
export async function allowCrossOrigin(app: FastifyInstance, parts: CrossOriginParts): Promise<void> {
  const headers = {
    allowedHeaders: ['authorization', 'content-type'],
    exposedHeaders: ['www-authenticate', 'retry-after'],
    maxAge: 600,
  }
  await app.register(cors, {
    delegator: async (request: FastifyRequest): Promise<FastifyCorsOptions> => {
      const path = pathOf(request.url)
      if (parts.isPublicDocument(path)) return { ...headers, origin: '*', methods: ['GET'] }
      if (parts.isForAnyPage(path)) return { ...headers, origin: '*', methods: ['GET', 'POST', 'PUT', 'DELETE'] }
      const { origin } = request.headers
      const isAllowed = origin !== undefined && parts.isForBrowsers(path) && (await parts.isAllowedOrigin(origin))
      return { ...headers, origin: isAllowed ? origin : false, methods: ['GET', 'POST'] }
    },
  })
}
