import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pathOf } from './logging.ts'

export type CrossOriginParts = {
  /** Documents that any page may fetch. */
  readonly isPublicDocument: (path: string) => boolean
  /** Endpoints that listed pages may call. */
  readonly isForBrowsers: (path: string) => boolean
  readonly isAllowedOrigin: (origin: string) => Promise<boolean>
}

/** What scripts of other origins may read: public documents anybody, some endpoints the known apps, pages nobody. */
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
      const { origin } = request.headers
      const isAllowed = origin !== undefined && parts.isForBrowsers(path) && (await parts.isAllowedOrigin(origin))
      return { ...headers, origin: isAllowed ? origin : false, methods: ['GET', 'POST'] }
    },
  })
}
