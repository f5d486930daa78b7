import type { Seeded } from '#test/faults/support/seeded.ts'
import type { History } from '../history/history.ts'
import type { Canaries } from './canaries.ts'
import type { LabBrowser } from './lab-browser.ts'
import type { Scribe } from './scribe.ts'
import type { Target } from './transport.ts'

/** A confidential client, as it knows itself. */
export type LabClient = {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
  readonly returnTo: string
}

export type LabPerson = { readonly username: string; readonly password: string }

/** A person who is signed in at a browser. */
export type LabSession = {
  readonly name: string
  readonly person: LabPerson
  readonly browser: LabBrowser
  /** The newest ID token: the hint that vouches for a sign-out. */
  idToken: string
  /** The sign-out was asked for, answered or not. */
  isOver: boolean
}

/** A code, and what it takes to redeem it. */
export type LabCode = { readonly code: string; readonly verifier: string }

/** A sign-in at the app, as the app and a thief who reads along know it. */
export type LabFamily = {
  readonly name: string
  readonly session: LabSession
  /** It survives the session. */
  readonly isOffline: boolean
  readonly code: LabCode
  /** Every refresh token that a 200 delivered, the newest last. */
  readonly tokens: string[]
  access: string
  /** The newest was presented, and the answer was in doubt. */
  isInDoubt: boolean
  /** Somebody asked for its end, answered or not. */
  isOver: boolean
  /** One request at a time: an honest app has a single flight. */
  isBusy: boolean
}

/** What every step of the drive needs. */
export type Stage = {
  readonly issuer: string
  readonly machines: readonly Target[]
  readonly client: LabClient
  readonly people: readonly LabPerson[]
  readonly history: History
  readonly scribe: Scribe
  readonly canaries: Canaries
  readonly chance: Seeded
  readonly sessions: LabSession[]
  readonly families: LabFamily[]
  /** Told of each signed token that was handed out. */
  readonly onToken: (token: string) => void
}
