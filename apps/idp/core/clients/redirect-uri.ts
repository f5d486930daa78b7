import { holdsTokens, type ResponseType } from '../oauth/response-type.ts'
import { type Client, isPublic } from './client.ts'

declare const registered: unique symbol

/** A redirect URI that is known to be registered for its client: holding one is the proof. */
export type RegisteredRedirectUri = string & { readonly [registered]: true }

/** An http URI of the loopback interface, by literal address: `http://127.0.0.1:4711/cb` (RFC 8252 §7.3). */
const loopback = /^http:\/\/(?<host>127\.0\.0\.1|\[::1\])(?::(?<port>[1-9]\d{0,4}))?(?<rest>[/?][^#]*)?$/

/**
 * The redirect URI if it is registered for this client, compared byte by byte (RFC 9700 §2.1). One exception: for a
 * native client the port of a loopback address may differ, and nothing else (RFC 8252 §7.3).
 */
export function findRegistered(client: Client, redirectUri: string): RegisteredRedirectUri | undefined {
  if (client.redirectUris.includes(redirectUri)) return redirectUri as RegisteredRedirectUri
  if (client.applicationType !== 'native') return undefined
  return client.redirectUris.some((known) => differOnlyInPort(known, redirectUri))
    ? (redirectUri as RegisteredRedirectUri)
    : undefined
}

function differOnlyInPort(known: string, presented: string): boolean {
  const one = loopback.exec(known)?.groups
  const other = loopback.exec(presented)?.groups
  if (!one || !other || Number(other.port ?? 80) > 65_535) return false
  return one.host === other.host && one.rest === other.rest
}

export type AnsweredApp = { readonly redirectUri: string; readonly responseType: ResponseType }

/**
 * Whether the app that is answered can be taken for the client it says it is: it has to prove itself with a secret before
 * it has anything, or the web's own naming does it. Another app on the same device can take over a loopback port or a
 * private scheme, so such a client is asked for consent every time (RFC 8252 §8.6).
 */
export function isIdentityAssured(client: Client, { redirectUri, responseType }: AnsweredApp): boolean {
  return (!isPublic(client) && !holdsTokens(responseType)) || redirectUri.startsWith('https://')
}

/** Whether the redirect URI stays on the person's own device. */
export function isOnThisDevice(redirectUri: string): boolean {
  return !/^https?:/.test(redirectUri) || /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/?]/.test(`${redirectUri}/`)
}
