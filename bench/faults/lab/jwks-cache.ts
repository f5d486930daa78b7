import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { aLocalApp } from '#test/support/local-app.ts'
import type { Lab } from './lab.ts'

/** A shared cache before the JWKS of several machines, as a content network is one. */
export type JwksCache = {
  readonly url: string
  /** The keys as the cache shows them now. */
  keys(): Promise<JWTVerifyGetKey>
  /** How often it asked a machine. */
  fetches(): number
}

type Cached = { readonly text: string; readonly until: number; readonly asked: number; readonly maxAge: number }

/**
 * A caching proxy that asks the machines in turn and serves what it got for exactly its max-age, counted from the request
 * (RFC 9111 §4.2.3): the least fresh answer that a verifier may be given. Where a machine does not answer the next is asked.
 */
export async function openJwksCache(lab: Lab, machines: readonly string[]): Promise<JwksCache> {
  let cached: Cached | undefined
  let fetching: Promise<Cached> | undefined
  let fetches = 0

  async function take(): Promise<Cached> {
    for (let attempt = 0; ; attempt++) {
      const asked = Date.now()
      const machine = machines[fetches++ % machines.length] ?? ''
      const response = await fetch(`${machine}/.well-known/jwks.json`).catch(() => undefined)
      if (response?.status === 200) {
        const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
        return { text: await response.text(), until: asked + maxAge * 1000, asked, maxAge }
      }
      if (attempt > 20) throw new Error('no machine shows its keys')
    }
  }

  async function current(): Promise<Cached> {
    if (cached && Date.now() < cached.until) return cached
    fetching ??= take().finally(() => {
      fetching = undefined
    })
    cached = await fetching
    return cached
  }

  const app = await aLocalApp(() => async (_request, response) => {
    const { text, asked, maxAge } = await current()
    const age = Math.floor((Date.now() - asked) / 1000)
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': `max-age=${maxAge}`, age: `${age}` })
    response.end(text)
  })
  lab.defer(() => app.close())
  return {
    url: app.origin,
    fetches: () => fetches,
    keys: async () => createLocalJWKSet(JSON.parse((await current()).text) as JSONWebKeySet),
  }
}
