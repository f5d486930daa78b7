import { later } from '../clock.ts'
import { digest, random } from '../oauth/random.ts'
import { reject } from '../oauth/rejection.ts'
import { isPrintable, weaknessOf } from '../oauth/secret-strength.ts'
import type { ClientAuthentication, ClientSecret } from './client.ts'

/** A secret in clear, to be shown once, beside the form in which it is kept. */
export type NewSecret = { readonly secret: string; readonly kept: ClientSecret }

/** Makes a secret, or takes the one that an operator brings; that one is held to the form of 128 random bits. */
export function newSecret(now: Date, brought?: string): NewSecret {
  if (brought !== undefined) requireFit(brought)
  const secret = brought ?? random('sec_')
  return { secret, kept: { hash: digest(secret), createdAt: now, expiresAt: undefined } }
}

function requireFit(secret: string): void {
  const weakness = isPrintable(secret) ? weaknessOf(secret) : 'it has characters beyond printable ASCII'
  if (weakness) reject('policy', 'secret', `The secret is too weak: ${weakness}. Leave it out to have one made.`)
}

/** The secrets that a client has, whatever it proves with them; none where it has another proof. */
export function secretsOf(authentication: ClientAuthentication): readonly ClientSecret[] {
  return 'secrets' in authentication ? authentication.secrets : []
}

/** How long two secrets may be valid side by side, in seconds. */
export const longestOverlap = 30 * 86_400

/**
 * The secrets after a rotation: the new one, and those before it until `overlap` seconds from now at most. Expired ones
 * are dropped.
 */
export function rotated<Secret extends ClientSecret>(
  secrets: readonly Secret[],
  next: Secret,
  overlap: number,
): readonly Secret[] {
  const now = next.createdAt
  const until = later(now, overlap)
  const kept = secrets.map((secret) => ({
    ...secret,
    expiresAt: secret.expiresAt && secret.expiresAt < until ? secret.expiresAt : until,
  }))
  return [next, ...kept.filter(({ expiresAt }) => expiresAt > now)]
}
