import { createHash } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { KnownClient, World } from '#test/security/support/world.ts'
import type { Page } from '#test/support/http-browser.ts'

/** What an answer says, by parameter. */
export type Said = { readonly [parameter: string]: string }

export type Mode = 'default' | 'form_post'

/** A client that is registered for one response type, and its grants. */
export async function aClientFor({ server, keepSecret }: World, type: string): Promise<KnownClient> {
  const id = type.replaceAll(' ', '-')
  const redirectUri = `https://${id}.test/cb`
  const scopes = ['openid', 'profile', 'email']
  const wishes = { id, name: type, redirectUris: [redirectUri], scopes, responseTypes: [type] }
  const { secret = '' } = await server.clients.create(wishes, 'test')
  keepSecret(secret)
  return { id, secret, method: 'client_secret_basic', redirectUri }
}

/** What the browser brings to the client, in its one right place; fails where anything is in another. */
export function readAnswer(page: Page, client: KnownClient, { type, mode }: { type: string; mode: Mode }): Said {
  expect(page.left, page.text.slice(0, 400)).toBe(true)
  const { origin, pathname, search, hash } = page.url
  expect(origin + pathname).toBe(client.redirectUri)
  const places = { query: search.slice(1), fragment: hash.slice(1), form: page.sent?.toString() ?? '' }
  const right = mode === 'form_post' ? 'form' : type === 'code' ? 'query' : 'fragment'
  const { [right]: here, ...others } = places
  expect(Object.values(others).join('')).toBe('')
  return Object.fromEntries(new URLSearchParams(here))
}

/** An ID token, once its signature, issuer, audience and dates are right. */
export async function readIdToken({ server, issuer }: World, client: KnownClient, token = '') {
  const now = server.clock.now()
  const keys = JSON.parse(server.ring.jwks(now).body.toString())
  const options = { issuer, audience: client.id, currentDate: now, algorithms: ['RS256'] }
  return jwtVerify(token, createLocalJWKSet(keys), options)
}

/** The left half of the SHA-256 of a text (Core §3.1.3.6). */
export function halfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}
