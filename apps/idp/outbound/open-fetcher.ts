import type { Clock } from '#core/clock.ts'
import { type AllowList, allowList } from '#core/outbound/allow-list.ts'
import { type OutboundTarget, readOutboundUri } from '#core/outbound/outbound-uri.ts'
import type { FetchFailure, GetWishes, RemoteDocument, RemotePicture, SafeFetch } from '#core/outbound/safe-fetch.ts'
import { type ConnectParts, connect } from './connect.ts'
import { type DocumentMemory, documentMemory, type Fresh, type MemoryLimits } from './document-memory.ts'
import { type Exchanged, exchange, type Incoming, type Outgoing } from './exchange.ts'
import { resolveNamed, strangerResolver } from './resolve-host.ts'
import { openTurns, type TurnLimits, type Turns } from './turns.ts'

export type FetcherSettings = Partial<Omit<ConnectParts, 'allow'>> & {
  /** Entries of `outbound.allow`: what may be reached although it is private. */
  readonly allow: readonly string[]
  readonly clock: Clock
  /** Is told of every request that brought nothing: where it went, without path or query, and why. */
  readonly failed?: (origin: string, failure: FetchFailure) => void
  /** Seconds that one request may take in all, its wait for a turn included; 3 unless told. */
  readonly within?: number
  readonly memory?: Partial<MemoryLimits>
  /** For documents, pictures and POSTs each: a queue of notices must not hold up a client's keys. */
  readonly turns?: Partial<TurnLimits>
}

const memoryLimits: MemoryLimits = { least: 60, most: 3600, failure: 30, stale: 3600, entries: 256 }
const turnLimits: TurnLimits = { atOnce: 32, perHost: 4, waiting: 256 }

type Parts = { readonly connecting: ConnectParts; readonly within: number; readonly turns: Turns }

/** The safe fetcher over sockets of its own (docs/decisions/0016); see {@link SafeFetch} for its promises. */
export function openFetcher(settings: FetcherSettings): SafeFetch {
  const { clock, within = 3, dial, ca } = settings
  const allow = allowList(settings.allow)
  const resolve = settings.resolve ?? { stranger: strangerResolver(), named: resolveNamed }
  const connecting = { allow, resolve, ...(dial ? { dial } : {}), ...(ca === undefined ? {} : { ca }) }
  const noted = <A extends { readonly outcome: string }>(target: OutboundTarget, outcome: A | FetchFailure) => {
    if (isFailure(outcome)) settings.failed?.(`${target.isHttps ? 'https' : 'http'}://${target.authority}`, outcome)
    return outcome
  }
  const memory = { ...memoryLimits, ...settings.memory }
  const documents = documentMemory<RemoteDocument>(clock, memory)
  const pictures = documentMemory<RemotePicture>(clock, { ...memory, entries: Math.ceil(memory.entries / 4) })
  const turns = () => openTurns({ ...turnLimits, ...settings.turns })
  const gets: Parts = { connecting, within, turns: turns() }
  const pictureGets: Parts = { connecting, within, turns: turns() }
  const posts: Parts = { connecting, within, turns: turns() }

  /** One GET through a memory; `read` makes a document of a good answer's body. */
  function getThrough<Document>(by: Parts, remember: DocumentMemory<Document>, read: ReadBody<Document>) {
    return async (uri: string, { types, newerThan }: GetWishes) => {
      const target = welcome(uri, allow)
      if ('reason' in target) return target
      const key = `${target.isHttps} ${target.authority} ${target.path} ${types.join()}`
      return remember(key, newerThan, async () => {
        const exchanged = await sendOnce(by, target, { accept: types.join(', ') })
        return noted(target, isFailure(exchanged) ? exchanged : readAnswer(exchanged.answer, types, read))
      })
    }
  }

  return {
    get: getThrough(gets, documents, (body) => {
      const text = decode(body)
      return text === undefined ? undefined : { text, fetchedAt: clock.now() }
    }),
    getPicture: getThrough(pictureGets, pictures, (bytes) => ({ bytes, fetchedAt: clock.now() })),
    async post(uri, body) {
      const target = welcome(uri, allow)
      if ('reason' in target) return target
      const exchanged = noted(target, await sendOnce(posts, target, { accept: '*/*', body }))
      return isFailure(exchanged) ? exchanged : { outcome: 'answered', status: exchanged.answer.status }
    },
  }
}

/** Makes a document of a body; undefined where it is none. */
type ReadBody<Document> = (body: Buffer) => Document | undefined

function welcome(uri: string, allow: AllowList): OutboundTarget | FetchFailure {
  const target = readOutboundUri(uri, allow)
  return typeof target === 'string' ? failed('unwelcome', target) : target
}

/** Everything that can go wrong on the way is one reason: who asked learns nothing about what lies there. */
async function sendOnce(
  { connecting, within, turns }: Parts,
  target: OutboundTarget,
  outgoing: Outgoing,
): Promise<Exchanged> {
  const signal = AbortSignal.timeout(within * 1000)
  const turn = await turns(target.host, signal)
  if (typeof turn === 'string') return failed('busy', turn === 'full' ? 'too much waits' : 'no turn came in time')
  try {
    return await exchange(await connect(connecting, target, signal), target, outgoing, signal)
  } catch (error) {
    return failed('unreachable', signal.aborted ? 'no answer in time' : String(error))
  } finally {
    turn()
  }
}

function readAnswer<Document>(
  { status, type, body, cacheControl }: Incoming,
  types: GetWishes['types'],
  read: ReadBody<Document>,
): Fresh<Document> | FetchFailure {
  // A redirect is an answer like any other: not the document.
  if (status !== 200) return failed('status', `the answer has status ${status}`)
  if (!types.includes(type)) return failed('type', `the answer is ${type || 'of no type'}, not ${types.join(' or ')}`)
  const document = read(body)
  if (document === undefined) return failed('type', 'the answer is not UTF-8')
  const maxAge = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl)?.[1]
  const keeps = !/no-store|no-cache/i.test(cacheControl)
  return {
    outcome: 'fetched',
    document,
    maxAge: keeps && maxAge ? Number(maxAge) : undefined,
  }
}

function isFailure(outcome: { readonly outcome: string }): outcome is FetchFailure {
  return outcome.outcome === 'failed'
}

function decode(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

function failed(reason: FetchFailure['reason'], detail: string): FetchFailure {
  return { outcome: 'failed', reason, detail }
}
