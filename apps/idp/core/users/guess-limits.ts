import { isIPv6 } from 'node:net'
import { digest } from '../oauth/random.ts'
import type { AttemptLimit } from './attempts.ts'

/** How many guesses are verified. Windows are seconds. */
export type GuessSettings = {
  readonly perPair: number
  readonly perAddress: number
  readonly window: number
  readonly perAccount: number
}

export type Guess = {
  /** The name in its normal form, so that no spelling is another counter. */
  readonly name: string
  /** The account it belongs to, if there is one: its name and its e-mail address share the daily limit. */
  readonly sub: string | undefined
  readonly address: string
  /** The id of a browser that has signed in to this very account before. */
  readonly knownDevice: string | undefined
}

const day = 86_400

/**
 * The counters that one guess is counted in. A stranger's guesses run into the pair's limits first, of a window and of a
 * day, so that one address cannot use up an account's; and a browser that the person has signed in from before has
 * counters of its own, so that whatever strangers do, the person is not locked out (OWASP: device cookies; NIST SP
 * 800-63B §3.2.2: at most 100 failures per account).
 */
export function guessLimits(guess: Guess, settings: GuessSettings): readonly AttemptLimit[] {
  const { perPair, perAddress, perAccount, window } = settings
  const account = digest(`account\n${guess.sub ?? guess.name}`)
  if (guess.knownDevice !== undefined) {
    const device = digest(`${account}\n${guess.knownDevice}`)
    return [
      { key: `device:${device}`, most: perPair, window },
      { key: `device-day:${device}`, most: perAccount, window: day },
    ]
  }
  // A subscriber may hold a /48 of IPv6, and lumping some together costs a pair of name and network nothing.
  const network = networkOf(guess.address, 3)
  return [
    { key: `pair:${digest(`${guess.name}\n${network}`)}`, most: perPair, window },
    { key: `pair-day:${digest(`${account}\n${network}`)}`, most: Math.ceil(perAccount / 2), window: day },
    { key: `address:${digest(networkOf(guess.address))}`, most: perAddress, window },
    { key: `account:${account}`, most: perAccount, window: day },
  ]
}

/** What one subscriber can call their own: an IPv4 address, or the first groups of an IPv6 one, the /64 unless told. */
export function networkOf(address: string, groupsKept = 4): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = address.includes('::') ? [...left, ...zeros, ...right] : left
  return groups
    .slice(0, groupsKept)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
