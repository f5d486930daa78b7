import { later } from '#core/clock.ts'
import { sameDigest } from '#core/oauth/random.ts'
import type { Session } from '#core/sessions/session.ts'
import type { SessionRenewal, SessionStore } from '#core/sessions/session-store.ts'
import { laterOf, type Table, type Transactions } from './table.ts'

/** Seconds between two notes of a session's use: a page view need not cost a write. */
export const noteEvery = 60

/** Sessions over a table; `idle` in seconds. */
export function sessionStore({ read, write }: Transactions, idle: number): SessionStore {
  return {
    begin: (session, secretHash) => write((table) => begin(table, session, secretHash)),
    async find(id, secretHash) {
      const { session, isDue } = await read((table) => look(table, { id, secretHash }, idle))
      return isDue ? write((table) => noteUse(table, { id, secretHash }, idle)) : session
    },
    recover: (session, secretHash) => write((table) => recover(table, session, secretHash)),
    rotate: (id, renewal) => write((table) => rotate(table, { id, renewal }, idle)),
    end: (id, expiresAt) => write((table) => end(table, id, expiresAt)),
  }
}

type Shown = { readonly id: string; readonly secretHash: string }

/** An id that was ended before it began stays ended. */
function begin(table: Table, session: Session, secretHash: string): void {
  if (table.get('session', session.id)?.record === 'ended') return
  keep(table, session, secretHash)
}

/** Neither ended, nor expired (the table sees to that), nor idle, and shown by its own secret. */
function findLive(table: Table, { id, secretHash }: Shown, idle: number): Session | undefined {
  const found = table.get('session', id)?.record
  if (!found || found === 'ended' || !sameDigest(found.secretHash, secretHash)) return undefined
  return table.now < later(found.session.lastUsedAt, idle) ? found.session : undefined
}

/** Whatever is there already, live or ended, knows better than SQL. */
function recover(table: Table, session: Session, secretHash: string): 'recovered' | 'known' {
  if (table.get('session', session.id)) return 'known'
  keep(table, session, secretHash)
  return 'recovered'
}

type Look = { readonly session: Session | 'lost' | undefined; readonly isDue: boolean }

function look(table: Table, shown: Shown, idle: number): Look {
  if (!table.get('session', shown.id)) return { session: 'lost', isDue: false }
  const session = findLive(table, shown, idle)
  return { session, isDue: session !== undefined && table.now >= later(session.lastUsedAt, noteEvery) }
}

/** Looks again, because the session may have ended since it was found. */
function noteUse(table: Table, shown: Shown, idle: number): Session | undefined {
  const session = findLive(table, shown, idle)
  if (!session) return undefined
  const used = { ...session, lastUsedAt: table.now }
  keep(table, used, shown.secretHash)
  return used
}

/** Signing in again is a use too. */
function rotate(table: Table, { id, renewal }: { id: string; renewal: SessionRenewal }, idle: number) {
  const { secretHash, nextSecretHash, authTime, amr } = renewal
  const session = findLive(table, { id, secretHash }, idle)
  if (!session) return 'refused'
  keep(table, { ...session, authTime, amr, lastUsedAt: table.now }, nextSecretHash)
  return 'rotated'
}

function end(table: Table, id: string, expiresAt: Date): void {
  const until = laterOf(expiresAt, table.get('session', id)?.until)
  table.put('session', id, { record: 'ended', until })
}

function keep(table: Table, session: Session, secretHash: string): void {
  table.put('session', session.id, { record: { session, secretHash }, until: session.expiresAt })
}
