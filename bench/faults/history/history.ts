import { hash } from 'node:crypto'

/** What was asked. `page` is any other page on a person's way. */
export type Act =
  | 'page'
  | 'login'
  | 'authorize'
  | 'redeem'
  | 'refresh'
  | 'revoke'
  | 'introspect'
  | 'logout'
  | 'own_token'
  | 'document'

/** One request and what came of it. Tokens, codes and cookies stand in it by hash alone. */
export type Entry = {
  readonly at: number
  readonly act: Act
  /** Who asked: `app`, `thief`, or a person by name. */
  readonly actor: string
  /** The machine that was asked last; a connection that was refused had sent nothing, and the next one was asked. */
  readonly machine: string
  /** Milliseconds since the history began. */
  readonly begun: number
  readonly ended: number
  /** Undefined where no whole answer came: what happened is not known. */
  readonly status: number | undefined
  /** The protocol's error code of the answer. */
  readonly error: string | undefined
  readonly retryAfter: string | undefined
  /** The answer says that what was asked has been done. */
  readonly done: boolean
  readonly family?: string | undefined
  readonly session?: string | undefined
  /** The token, code or `jti` that was brought, by hash. */
  readonly presented?: string | undefined
  /** The refresh token that was handed out, by hash. */
  readonly delivered?: string | undefined
  /** The access token that was handed out or asked about, by hash. */
  readonly access?: string | undefined
  /** What introspection said. */
  readonly active?: boolean | undefined
  /** Where it arrives it rightly ends the family, or the session with its families. */
  readonly ends?: boolean | undefined
  /** It was brought before, and the answer was in doubt. */
  readonly isRetry?: boolean | undefined
  /** A sign-in page that says that too many passwords wait to be checked: load, and no fault (`passwords.queue`). */
  readonly isTurnedAway?: boolean | undefined
  /** The client hung up when the answer began to come. */
  readonly isHungUp?: boolean | undefined
}

/** A time in which something of ours was broken, in milliseconds since the history began. */
export type FaultWindow = { readonly what: string; readonly from: number; to: number }

/** A signed token that was checked against the JWKS as a caching verifier sees it. */
export type Verification = { readonly at: number; readonly token: string; readonly fault: string | undefined }

/** A store that lost its memory: codes from before do not count any more. */
export type Loss = { readonly at: number; readonly what: string }

/** What was acknowledged, and what the store itself says of it afterwards. */
export type Looked = {
  readonly what: string
  readonly promised: string
  readonly found: string
  readonly isLost: boolean
}

/** What a scenario says of its own fault, and whether it was so. */
export type Expectation = { readonly what: string; readonly found: string; readonly isMet: boolean }

/** Everything that an invariant may look at. */
export type Record = {
  readonly entries: readonly Entry[]
  readonly windows: readonly FaultWindow[]
  readonly verifications: readonly Verification[]
  readonly losses: readonly Loss[]
  readonly looks: readonly Looked[]
  readonly expectations: readonly Expectation[]
  /** Milliseconds: the longest time that our own process did not get the processor for. */
  readonly lag: number
  readonly terms: Terms
}

/** What the machines were told, in milliseconds. */
export type Terms = {
  /** In which a used refresh token is answered again. */
  readonly grace: number
  /** Of an access token. */
  readonly accessLife: number
}

/** The record while it is written. Nothing in it is ever changed but the end of an open window. */
export type History = Record & {
  now(): number
  note(entry: Omit<Entry, 'at'>): Entry
  /** Says that something is broken from now on; the answered function says when it is whole again. */
  break(what: string): () => void
  lose(what: string): void
  verify(token: string, fault: string | undefined): void
  look(looked: Looked): void
  expect(expectation: Expectation): void
}

/** Begins an empty history. */
export function openHistory(terms: Terms): History & { close(): void } {
  const entries: Entry[] = []
  const windows: FaultWindow[] = []
  const verifications: Verification[] = []
  const losses: Loss[] = []
  const looks: Looked[] = []
  const expectations: Expectation[] = []
  const start = performance.now()
  const now = () => performance.now() - start
  let lag = 0
  let expected = performance.now() + pulse
  const watch = setInterval(() => {
    lag = Math.max(lag, performance.now() - expected)
    expected = performance.now() + pulse
  }, pulse)
  watch.unref()
  return {
    entries,
    windows,
    verifications,
    losses,
    looks,
    expectations,
    terms,
    get lag() {
      return lag
    },
    now,
    note(entry) {
      const noted = { at: entries.length, ...entry }
      entries.push(noted)
      return noted
    },
    break(what) {
      const window: FaultWindow = { what, from: now(), to: Number.POSITIVE_INFINITY }
      windows.push(window)
      return () => {
        window.to = Math.min(window.to, now())
      }
    },
    lose: (what) => void losses.push({ at: now(), what }),
    verify: (token, fault) => void verifications.push({ at: now(), token: nameOf(token), fault }),
    look: (looked) => void looks.push(looked),
    expect: (expectation) => void expectations.push(expectation),
    close: () => clearInterval(watch),
  }
}

const pulse = 50

/** A secret's name in the history: enough to tell it from others, nothing to use. */
export function nameOf(secret: string): string {
  return hash('sha256', secret).slice(0, 16)
}
