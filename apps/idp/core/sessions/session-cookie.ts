import { createHmac } from 'node:crypto'
import type { MacKey } from '../keys/opened-ring.ts'
import { random } from '../oauth/random.ts'

/** What the cookie of a session holds: the session's id, and the secret that proves it. */
export type SessionCookie = { readonly id: string; readonly secret: string }

const cookieForm = /^(ses_[A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** Reads a cookie; undefined where it is not of the form. */
export function readSessionCookie(text: string | undefined): SessionCookie | undefined {
  const [, id, secret] = cookieForm.exec(text ?? '') ?? []
  return id && secret ? { id, secret } : undefined
}

/** Writes a cookie. */
export function writeSessionCookie({ id, secret }: SessionCookie): string {
  return `${id}.${secret}`
}

/** A cookie that nobody could foresee. */
export function randomSessionCookie(): SessionCookie {
  return { id: random('ses_', 16), secret: random() }
}

/** One posting of a sign-in form; what is the same in all of them is the same posting, sent twice. */
export type Posting = {
  /** What tells this form from every other: the browser's own cookie and the request. */
  readonly form: string
  /** The session cookie that came with it. */
  readonly previousCookie: string | undefined
  readonly userId: string
}

/**
 * The cookie that a posting leads to. It follows from the posting under a MAC key, so that a form that a double click
 * sends twice, perhaps to two servers, makes one session and one secret instead of two; to anybody without the key it is
 * as random as any (docs/decisions/0012).
 */
export function foreseenSessionCookie({ secret: key }: MacKey, posting: Posting): SessionCookie {
  const { form, previousCookie = '', userId } = posting
  const derive = (purpose: string) =>
    createHmac('sha256', key).update(['signet session 1', purpose, form, previousCookie, userId].join('\n')).digest()
  return {
    id: `ses_${derive('id').subarray(0, 16).toString('base64url')}`,
    secret: derive('secret').toString('base64url'),
  }
}
