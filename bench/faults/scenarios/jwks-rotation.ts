import { setTimeout as wait } from 'node:timers/promises'
import { jwtVerify } from 'jose'
import type { Arena } from '../arena/arena.ts'
import { briskly, type Pace, startLives } from '../drive/lives.ts'
import { type JwksCache, openJwksCache } from '../lab/jwks-cache.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import type { Scenario, Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** Keys rotate under load on two machines, and everybody verifies through a cache that obeys its time. */
export const jwksRotation: Scenario = {
  name: 'jwks-rotation',
  title: 'keys rotated every few seconds on two machines, a caching proxy before the JWKS',
  unit: 'rotations',
  full: 50,
  small: 2,
  async run(told) {
    const why = whyNoServers()
    if (why) return { notRun: why }
    const tokens: string[] = []
    return inArena(told, { settings: terms, onToken: (token) => void tokens.push(token) }, (arena) =>
      rotate(told, arena, tokens),
    )
  },
}

/** Short times that leave a cache no chance to see a mistake pass, and a busy machine some to look at the ring. */
const terms = {
  SIGNET_KEYS_ROTATE_EVERY: '10s',
  SIGNET_KEYS_JWKS_MAX_AGE: '3s',
  SIGNET_KEYS_POLL_EVERY: '1s',
  SIGNET_KEYS_SKEW: '4s',
  SIGNET_TOKENS_ACCESS_LIFETIME: '6s',
  SIGNET_TOKENS_ID_LIFETIME: '6s',
  SIGNET_TOKENS_LONGEST_LIFETIME: '6s',
}

const pace: Pace = { ...briskly, pause: 25, habits: { refresh: 3, begin: 1, ownToken: 3 } }

async function rotate({ amount }: Told, arena: Arena, tokens: string[]) {
  const { stage, history, machines, issuer } = arena
  const cache = await openJwksCache(
    arena.lab,
    machines.map(({ url }) => url),
  )
  const kids = new Set<string>()
  const pending = new Set<Promise<void>>()
  let isOver = false
  let verified = 0

  const verify = async (token: string) => {
    await verifyNow(cache, { issuer, token }, history.verify)
    // Once more, shortly before it expires: the key that signed it must be there as long as the token.
    await wait(Math.max(0, expiryOf(token) - 700 - Date.now()))
    await verifyNow(cache, { issuer, token }, history.verify)
    verified += 2
  }
  const verifying = (async () => {
    while (!isOver || tokens.length > 0) {
      for (const token of tokens.splice(0)) {
        kids.add(kidOf(token))
        const one = verify(token).finally(() => pending.delete(one))
        pending.add(one)
      }
      await wait(20)
    }
  })()
  const lives = startLives(stage, pace)
  // The first key of each algorithm signs at once; each one after it is a rotation.
  const rotations = () => Math.floor((kids.size - 2) / 2)
  await until(() => rotations() >= amount, { within: 60_000 + amount * 30_000, what: 'rotations', every: 100 })
  await lives.end()
  isOver = true
  await verifying
  await Promise.all(pending)
  return {
    rotations: rotations(),
    'keys that signed': kids.size,
    verifications: verified,
    'JWKS fetched by the cache': cache.fetches(),
  }
}

type Signed = { readonly issuer: string; readonly token: string }

async function verifyNow(
  cache: JwksCache,
  { issuer, token }: Signed,
  note: (token: string, fault: string | undefined) => void,
) {
  try {
    await jwtVerify(token, await cache.keys(), { issuer })
    note(token, undefined)
  } catch (error) {
    // What expired while this machine was busy elsewhere is nobody's fault.
    if (Date.now() < expiryOf(token)) note(token, `${kidOf(token)}: ${error}`)
  }
}

function partOf(token: string, at: number): { readonly [name: string]: unknown } {
  return JSON.parse(Buffer.from(token.split('.')[at] ?? '', 'base64url').toString())
}

function kidOf(token: string): string {
  return String(partOf(token, 0).kid)
}

function expiryOf(token: string): number {
  return Number(partOf(token, 1).exp) * 1000
}
