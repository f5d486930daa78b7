import { availableParallelism } from 'node:os'
import { argon2id, hash, needsRehash, verify } from 'argon2'
import { Overloaded } from '../oauth/error.ts'
import { random } from '../oauth/random.ts'

/** argon2id as OWASP asks: 19 MiB, two passes, one lane. Changing it rehashes people as they sign in. */
const parameters = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Longer passwords are refused before they are hashed. */
export const longestPassword = 1024

/** Whether a password is too long to be hashed, in bytes of its normal form. */
export function isTooLong(password: string): boolean {
  return Buffer.byteLength(normalPassword(password)) > longestPassword
}

/**
 * The one form that a password is hashed in and verified in: NFC, since keyboards differ in how they compose an é. Not
 * NFKC, which makes different passwords one; case and blanks stay (RFC 8265 §4.2.2, NIST SP 800-63B-4 §3.1.1.2).
 */
function normalPassword(password: string): string {
  return password.normalize('NFC')
}

/** Hashes a password into PHC form. For the command; a server hashes through {@link openPasswords}. */
export function hashPassword(password: string): Promise<string> {
  return hash(normalPassword(password), parameters)
}

/** Hashing under a bound, so that sign-ins can neither eat the machine nor starve the token endpoint. */
export interface Passwords {
  hash(password: string): Promise<string>
  /**
   * Whether it is the password of that hash. Without a hash it works just as long and says no, so that an unknown name
   * cannot be told from a wrong password. Throws {@link Overloaded} when too much work waits: at once, or
   * after twice the queue's time.
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>
  isOutdated(passwordHash: string): boolean
  /** How many wait or run, and how long one takes on average (seconds); for metrics. */
  load(): { readonly waiting: number; readonly running: number; readonly average: number }
}

export type PasswordOptions = {
  /** Hashes at once; 0 takes the cores, three at most. */
  readonly concurrency: number
  /** Seconds of work that may wait. */
  readonly queue: number
  /** Told how many seconds a hash took, waiting included. */
  readonly taken?: (seconds: number) => void
  /** Told when one was refused because the queue was full. */
  readonly refused?: () => void
}

/** Somebody who waits for a lane: who it is handed to, or who has to leave without. */
type Waiting = { readonly since: bigint; readonly go: () => void; readonly leave: (why: Overloaded) => void }

/** Opens the queue of hashes. */
export function openPasswords({ concurrency, queue, taken, refused }: PasswordOptions): Passwords {
  const lanes = concurrency || Math.max(1, Math.min(availableParallelism(), 3))
  const waiting: Waiting[] = []
  let running = 0
  let average = 0.03
  const dummy = hash(random(), parameters)
  dummy.catch(() => undefined)

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const asked = process.hrtime.bigint()
    if (running < lanes) running += 1
    else await wait()
    const begun = process.hrtime.bigint()
    try {
      return await work()
    } finally {
      average += (secondsSince(begun) - average) / 8
      taken?.(secondsSince(asked))
      handOn()
    }
  }

  /** Hands a lane on. How long a hash takes is only guessed: who has waited twice as long as that is let go unserved. */
  function handOn(): void {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (secondsSince(next.since) <= 2 * queue) {
        next.go()
        return
      }
      next.leave(refusal())
    }
    running -= 1
  }

  function refusal(): Overloaded {
    refused?.()
    return new Overloaded('too many sign-ins wait', { retryAfter: queue })
  }

  /** Waits for a lane; whoever leaves one hands it on. Refuses at once where the wait would be too long. */
  function wait(): Promise<void> {
    if ((waiting.length + 1) * average > queue * lanes) throw refusal()
    return new Promise((go, leave) => waiting.push({ since: process.hrtime.bigint(), go, leave }))
  }

  return {
    hash: (password) => inTurn(() => hashPassword(password)),
    verify: (password, passwordHash) =>
      inTurn(async () => {
        const right = await verify(passwordHash ?? (await dummy), normalPassword(password))
        return right && passwordHash !== undefined
      }),
    isOutdated: (passwordHash) => needsRehash(passwordHash, parameters),
    load: () => ({ waiting: waiting.length, running, average }),
  }
}

function secondsSince(begun: bigint): number {
  return Number(process.hrtime.bigint() - begun) / 1e9
}
