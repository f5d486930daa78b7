import { digest, random } from '../oauth/random.ts'

/**
 * What scripts in the browser may know of the session that a cookie proves (Session Management 1.0 §3.3): another one
 * after every sign-in, empty where nobody is signed in, and the cookie cannot be told from it (docs/decisions/0025).
 */
export function browserState(sessionCookie: string | undefined): string {
  return sessionCookie === undefined ? '' : digest(`browser state ${sessionCookie}`)
}

/**
 * The `session_state` of an answer to a client (§2, §3.2): a salted hash, so that no two clients, and no two answers,
 * can be told to be about one browser. The check page computes it again: see `pages/assets/session-check.js`.
 */
export function sessionState(to: { readonly clientId: string; readonly redirectUri: string }, state: string): string {
  const salt = random('', 16)
  const { origin } = new URL(to.redirectUri)
  return `${digest([to.clientId, origin, state, salt].join(' '))}.${salt}`
}
