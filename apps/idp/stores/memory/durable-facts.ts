import type { End, FactStore, FamilyFact, RecordedEnd, SessionFact } from '#core/tokens/fact-store.ts'
import { newestFirst } from '../ordering.ts'

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
    async rotateSession(id, { authTime, amr }) {
      const fact = sessions.get(id)
      if (fact && fact.authTime < authTime) sessions.set(id, { ...fact, authTime, amr })
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
    async listPending() {
      const pending = [...ends.values()].filter((end) => !end.appliedAt)
      return pending.sort((one, other) => one.at.getTime() - other.at.getTime())
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

const keyOf = ({ kind, id, version }: Pick<End, 'kind' | 'id' | 'version'>) => JSON.stringify([kind, id, version ?? -1])

function isAlive(fact: SessionFact | FamilyFact, now: Date): boolean {
  return fact.endedAt === undefined && fact.expiresAt > now
}

/** Where a version ends what is older, only what began until then: the end may be put again later. */
function endsSession({ kind, id, at }: End, fact: SessionFact): boolean {
  if (fact.endedAt !== undefined) return false
  if (kind === 'session') return fact.id === id
  return (kind === 'everything' || (kind === 'user' && fact.userId === id)) && fact.createdAt <= at
}

function endsFamily({ kind, id, at }: End, fact: FamilyFact): boolean {
  if (fact.endedAt !== undefined) return false
  if (kind === 'family') return fact.id === id
  if (kind === 'session') return fact.sid === id && fact.sessionId === id
  const isOf =
    kind === 'everything' || (kind === 'user' && fact.userId === id) || (kind === 'client' && fact.clientId === id)
  return isOf && fact.createdAt <= at
}
