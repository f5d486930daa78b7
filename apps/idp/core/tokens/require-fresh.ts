import { later } from '../clock.ts'
import { refuse } from '../oauth/error.ts'
import type { AccessToken } from './access-token.ts'

/**
 * Refuses a token whose person signed in longer ago than `maxAge` seconds, and tells the app what to ask the
 * authorization endpoint for (RFC 9470 §3). A refresh does not help: a token says when the person signed in.
 */
export function requireFresh({ authTime }: Pick<AccessToken, 'authTime'>, maxAge: number, now: Date): void {
  if (authTime !== undefined && now <= later(authTime, maxAge)) return
  refuse('insufficient_user_authentication', 'a more recent sign-in is required', {
    challenge: { max_age: String(maxAge) },
  })
}
