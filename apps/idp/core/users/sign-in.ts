import type { Audit } from '../audit/audit.ts'
import type { Origin } from '../oauth/origin.ts'
import type { AttemptStore } from './attempts.ts'
import { type GuessSettings, guessLimits } from './guess-limits.ts'
import { normalName } from './name.ts'
import { isTooLong, type Passwords } from './password.ts'
import type { User } from './user.ts'
import type { UserStore } from './user-store.ts'

export type Credentials = {
  readonly name: string
  readonly password: string
  readonly origin: Origin
  /** The id of the browser, where its cookie proves that this account has signed in from it before. */
  readonly findDevice: (sub: string) => Promise<string | undefined>
  /** Runs what waits its turn under a bound of its own, so that whoever times the request need not count it. */
  readonly untimed?: <T>(work: () => Promise<T>) => Promise<T>
}

export type SignInResult =
  | { readonly outcome: 'welcome'; readonly user: User }
  /** Unknown name, wrong password, or an account that may not sign in: nobody is told which. */
  | { readonly outcome: 'wrong' }
  /** Nothing was verified; `retryAfter` in seconds. */
  | { readonly outcome: 'throttled'; readonly retryAfter: number }
  | { readonly outcome: 'too_long' }

export type SignIn = (credentials: Credentials) => Promise<SignInResult>

export type SignInParts = {
  readonly users: UserStore
  readonly passwords: Passwords
  readonly attempts: AttemptStore
  readonly audit: Audit
  readonly limits: GuessSettings
}

/**
 * Makes the password sign-in. The guess is counted before it is verified, one hash is computed on every path, and what
 * is answered never says whether the account exists. Throws `Overloaded` when too many sign-ins wait.
 */
export function passwordSignIn(parts: SignInParts): SignIn {
  const { users, passwords, attempts, audit, limits: settings } = parts
  return async ({ name: typed, password, origin, findDevice, untimed = (work) => work() }) => {
    if (isTooLong(password)) return { outcome: 'too_long' }
    const name = normalName(typed)
    const user = await users.findByName(name)
    const knownDevice = user && (await findDevice(user.sub))
    const limits = guessLimits({ name, sub: user?.sub, address: origin.address, knownDevice }, settings)
    const claim = await attempts.claim(limits)
    const about = { userId: user?.sub, actor: user ? `user:${user.sub}` : 'user:unknown', origin }
    if (claim.outcome === 'full') {
      const limit = claim.key.split(':')[0] ?? ''
      await audit.record('sign_in.throttled', {
        ...about,
        outcome: 'failure',
        details: { limit },
        repetitionKey: claim.key,
      })
      return { outcome: 'throttled', retryAfter: claim.retryAfter }
    }
    const verifying = untimed(() => passwords.verify(password, user?.passwordHash))
    const isRight = await verifying.catch(async (error: unknown) => {
      // Nothing was verified: a crowd at the door must not use up the guesses of those who wait in it.
      await attempts.refund(limits)
      throw error
    })
    if (!user?.enabled || !isRight) {
      // What was typed is not kept, not even as a digest: people type their passwords into the field for the name.
      await audit.record('sign_in.failed', { ...about, outcome: 'failure' })
      return { outcome: 'wrong' }
    }
    await attempts.refund(limits)
    return { outcome: 'welcome', user: await untimed(() => rehash(parts, user, password)) }
  }
}

/** Brings an old hash up to today's parameters; another sign-in may be faster, and that is as good. */
async function rehash({ users, passwords }: SignInParts, user: User, password: string): Promise<User> {
  if (!user.passwordHash || !passwords.isOutdated(user.passwordHash)) return user
  const passwordHash = await passwords.hash(password)
  await users.put({ ...user, passwordHash })
  return user
}
