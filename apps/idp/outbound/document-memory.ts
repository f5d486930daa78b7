import { type Clock, later } from '#core/clock.ts'
import type { FetchFailure } from '#core/outbound/safe-fetch.ts'

/** Seconds for each kind of memory, and how many URIs are remembered. */
export type MemoryLimits = {
  /** How long a document is believed, whatever its server says. */
  readonly least: number
  readonly most: number
  /** How long a failure is answered again without asking. */
  readonly failure: number
  /** How old a document may be that stands in while its server fails. */
  readonly stale: number
  readonly entries: number
}

/** A document, and how long its server says it can be believed, in seconds; undefined where it says nothing. */
export type Fresh<Document> = {
  readonly outcome: 'fetched'
  readonly document: Document
  readonly maxAge: number | undefined
}

export type FetchFresh<Document> = () => Promise<Fresh<Document> | FetchFailure>

/** What is remembered knows its age. */
type Dated = { readonly fetchedAt: Date }

type Fetched<Document> = { readonly outcome: 'fetched'; readonly document: Document } | FetchFailure

/** Answers from memory, or asks; see {@link documentMemory}. */
export type DocumentMemory<Document> = (
  key: string,
  newerThan: number | undefined,
  fetch: FetchFresh<Document>,
) => Promise<Fetched<Document>>

type Entry<Document> = {
  readonly document: Document | undefined
  readonly until: Date
  readonly failure: FetchFailure | undefined
}

/**
 * Remembers documents and failures, so that nobody can make us ask a third party often: while an answer is remembered,
 * and while one is under way, nothing is sent. Where a server fails, its last document serves on for a while.
 */
export function documentMemory<Document extends Dated>(clock: Clock, limits: MemoryLimits): DocumentMemory<Document> {
  const entries = new Map<string, Entry<Document>>()
  const underWay = new Map<string, Promise<Fetched<Document>>>()

  function keep(key: string, entry: Entry<Document>): void {
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.size > limits.entries ? entries.keys() : []
    if (oldest !== undefined) entries.delete(oldest)
  }

  async function ask(key: string, fetch: FetchFresh<Document>): Promise<Fetched<Document>> {
    const fetched = await fetch()
    const now = clock.now()
    if (fetched.outcome === 'fetched') {
      const life = Math.min(Math.max(fetched.maxAge ?? limits.least, limits.least), limits.most)
      keep(key, { document: fetched.document, until: later(now, life), failure: undefined })
      return { outcome: 'fetched', document: fetched.document }
    }
    // That we had too much to do says nothing about the document.
    if (fetched.reason === 'busy') return fetched
    const before = entries.get(key)?.document
    const document = before && now < later(before.fetchedAt, limits.stale) ? before : undefined
    const entry = { document, until: later(now, limits.failure), failure: fetched }
    keep(key, entry)
    return answerOf(entry)
  }

  return (key, newerThan, fetch) => {
    const kept = entries.get(key)
    if (kept && isGood(kept, newerThan, clock.now())) return Promise.resolve(answerOf(kept))
    const started = underWay.get(key)
    if (started) return started
    const asking = ask(key, fetch).finally(() => underWay.delete(key))
    underWay.set(key, asking)
    return asking
  }
}

function isGood({ document, until, failure }: Entry<Dated>, newerThan: number | undefined, now: Date): boolean {
  if (now >= until) return false
  return (
    failure !== undefined ||
    newerThan === undefined ||
    (document !== undefined && now < later(document.fetchedAt, newerThan))
  )
}

function answerOf<Document>({ document, failure }: Entry<Document>): Fetched<Document> {
  if (document) return { outcome: 'fetched', document }
  return failure ?? { outcome: 'failed', reason: 'unreachable', detail: 'nothing is remembered' }
}
