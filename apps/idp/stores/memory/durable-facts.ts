import type {
  End,
  EndCursor,
  FactStore,
  FamilyFact,
  PendingCursor,
  Reach,
  RecordedEnd,
  SessionFact,
} from '#core/tokens/fact-store.ts'
import { compareTexts, newestFirst } from '../ordering.ts'

/** Births and ends in memory. An end that came before the birth closes it as it begins. */
export function memoryFacts(): FactStore & { purge(before: Date): void } {
  const sessions = new Map<string, SessionFact>()
  const families = new Map<string, FamilyFact>()
  const ends = new Map<string, RecordedEnd>()
  let everything = 0

  function close(end: End): void {
    const { at: endedAt, reason: endReason } = end
    for (const fact of sessions.values()) {
      if (endsSession(end, fact)) sessions.set(fact.id, { ...fact, endedAt, endReason })
    }
    for (const fact of families.values()) {
      if (endsFamily(end, fact)) families.set(fact.id, { ...fact, endedAt, endReason })
    }
  }

  function closeIfEnded(...of: Pick<End, 'kind' | 'id'>[]): void {
    for (const { kind, id } of of) {
      const end = ends.get(keyOf({ kind, id, version: undefined }))
      if (end) close(end)
    }
  }

  return {
    async beginSession(fact) {
      if (!sessions.has(fact.id)) sessions.set(fact.id, fact)
      closeIfEnded({ kind: 'session', id: fact.id })
    },
    async rotateSession(id, { authTime, amr, secretHash }) {
      const fact = sessions.get(id)
      if (fact && fact.authTime < authTime) sessions.set(id, { ...fact, authTime, amr, secretHash })
    },
    async beginFamily(fact) {
      if (!families.has(fact.id)) families.set(fact.id, fact)
      closeIfEnded({ kind: 'family', id: fact.id }, { kind: 'session', id: fact.sessionId ?? '' })
    },
    async put(end) {
      const first = ends.get(keyOf(end)) ?? { ...end, appliedAt: undefined }
      ends.set(keyOf(end), first)
      close(first)
    },
    async claim(end, appliedAt) {
      const kept = ends.get(keyOf(end))
      if (kept && !kept.appliedAt) ends.set(keyOf(end), { ...kept, appliedAt })
    },
    async listPending(most, after) {
      const pending = [...ends.values()].filter((end) => !end.appliedAt).sort(oldestFirst)
      return pending.filter((end) => after === undefined || oldestFirst(end, after) > 0).slice(0, most)
    },
    async listEnds(now, after, most, since = new Date(0)) {
      const remembered = [...ends.values()].filter((end) => end.until > now && end.at >= since).sort(byKey)
      return remembered.filter((end) => after === undefined || byKey(end, after) > 0).slice(0, most)
    },
    async noteUses(uses) {
      for (const { id, generation, rotatedAt } of uses.families) {
        const fact = families.get(id)
        if (fact && fact.generation < generation) families.set(id, { ...fact, generation, rotatedAt })
      }
      for (const { id, lastUsedAt } of uses.sessions) {
        const fact = sessions.get(id)
        if (fact && fact.lastUsedAt < lastUsedAt) sessions.set(id, { ...fact, lastUsedAt })
      }
    },
    findSession: async (id) => sessions.get(id),
    listSessions: async (userId, now) =>
      [...sessions.values()].filter((fact) => fact.userId === userId && isAlive(fact, now)).sort(newestFirst),
    findFamily: async (id) => families.get(id),
    listFamilies: async (of, now) =>
      [...families.values()]
        .filter((fact) => of.userId === undefined || fact.userId === of.userId)
        .filter((fact) => of.clientId === undefined || fact.clientId === of.clientId)
        .filter((fact) => of.sid === undefined || fact.sid === of.sid)
        .filter((fact) => isAlive(fact, now))
        .sort(newestFirst),
    async listEnded(end, { since, most, after = '' }) {
      const isRecent = ({ endedAt }: SessionFact) => endedAt === undefined || endedAt > since
      const reached = [...sessions.values()].filter(
        (fact) => reachesSession(end, fact) && isRecent(fact) && fact.expiresAt > end.at,
      )
      return reached
        .map((fact) => fact.id)
        .filter((sid) => sid > after)
        .sort(compareTexts)
        .slice(0, most)
    },
    async listReached(sids) {
      const reached = new Map<string, Reach>()
      for (const { sid, userId, clientId } of families.values())
        if (sids.includes(sid)) reached.set(JSON.stringify([sid, clientId]), { sid, userId, clientId })
      return [...reached.values()]
    },
    count: async (now) => ({
      sessions: [...sessions.values()].filter((fact) => isAlive(fact, now)).length,
      families: [...families.values()].filter((fact) => isAlive(fact, now)).length,
    }),
    findVersion: async (kind, id) =>
      Math.max(0, ...[...ends.values()].filter((end) => end.kind === kind && end.id === id).map(versionOf)),
    bumpEverything: async () => ++everything,
    purge(before) {
      for (const [id, fact] of sessions) if (fact.expiresAt < before) sessions.delete(id)
      for (const [id, fact] of families) if (fact.expiresAt < before) families.delete(id)
      for (const [key, end] of ends) if (end.appliedAt && end.until < before) ends.delete(key)
    },
  }
}

const versionOf = ({ version }: End) => version ?? 0

const byKey = (one: EndCursor, other: EndCursor) => compareTexts(keyOf(one), keyOf(other))

const oldestFirst = (one: PendingCursor, other: PendingCursor) =>
  one.at.getTime() - other.at.getTime() || byKey(one, other)

const keyOf = ({ kind, id, version }: EndCursor) => JSON.stringify([kind, id, version ?? -1])

function isAlive(fact: SessionFact | FamilyFact, now: Date): boolean {
  return fact.endedAt === undefined && fact.expiresAt > now
}

function endsSession(end: End, fact: SessionFact): boolean {
  if (fact.endedAt !== undefined) return false
  return end.kind === 'session' ? fact.id === end.id : reachesSession(end, fact)
}

/** A version ends what copied an older one, whatever their dates are. */
function reachesSession({ kind, id, version = 0 }: End, fact: SessionFact): boolean {
  if (kind === 'user') return fact.userId === id && fact.userVersion < version
  return kind === 'everything' && fact.everythingVersion < version
}

function endsFamily({ kind, id, version = 0 }: End, fact: FamilyFact): boolean {
  if (fact.endedAt !== undefined) return false
  if (kind === 'family') return fact.id === id
  if (kind === 'session') return fact.sid === id && fact.sessionId === id
  if (kind === 'user') return fact.userId === id && fact.versions.user < version
  if (kind === 'client') return fact.clientId === id && fact.versions.client < version
  return kind === 'everything' && fact.versions.everything < version
}
