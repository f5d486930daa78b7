import type { Person } from '#test/support/person.ts'
import type { Code } from '../support/app.ts'

/** Whether something lives: it does, it was ended and the end acknowledged, or its end was asked for and not answered. */
export type Fate = 'alive' | 'ended' | 'unknown'

/** A family as its app knows it: what was answered, and nothing else. */
export type KnownFamily = {
  readonly session: KnownSession
  /** Survives the session's end. */
  readonly isOffline: boolean
  readonly code: Code
  /** Refresh tokens by generation, the newest last. */
  readonly refreshTokens: string[]
  access: string
  /** When the newest refresh token came, in milliseconds. */
  rotatedAt: number
  /** The newest was presented, and no answer came. */
  isRotating: boolean
  fate: Fate
}

/** A session as its browser knows it. */
export type KnownSession = {
  readonly person: Person
  readonly username: string
  idToken: string
  fate: Fate
}

/** A code that was sent to the app: `kept` was never presented, `presented` was and no answer came. */
export type KnownCode = { readonly code: Code; readonly session: KnownSession; readonly state: 'kept' | 'presented' }

/** Everything that was acknowledged, from the outside. */
export type History = {
  readonly sessions: KnownSession[]
  readonly families: KnownFamily[]
  readonly codes: KnownCode[]
  /** Scopes that a person has allowed, by name. */
  readonly consents: Map<string, string[]>
  /** Keys that the server showed or the command made. */
  readonly kids: Set<string>
  acknowledged: number
  /** Requests that the death of the server left without an answer. */
  unanswered: number
}

/** Nothing has happened. */
export function emptyHistory(): History {
  return {
    sessions: [],
    families: [],
    codes: [],
    consents: new Map(),
    kids: new Set(),
    acknowledged: 0,
    unanswered: 0,
  }
}

/** How a family stands: with its session, unless it survives that. */
export function fateOf({ fate, isOffline, session }: KnownFamily): Fate {
  if (fate === 'ended' || isOffline) return fate
  if (session.fate === 'ended') return 'ended'
  return session.fate === 'unknown' ? 'unknown' : fate
}
