import { expect } from 'vitest'
import { introspect, refresh, type Tokens, userInfo } from './steps.ts'
import type { Answer, KnownClient, World } from './world.ts'

/** An object of JSON. */
export type Claims = { readonly [name: string]: unknown }

/** The header of a JWT, unverified. */
export function headerOf(jwt: string): Claims {
  return read(jwt.split('.')[0])
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: string): Claims {
  return read(jwt.split('.')[1])
}

/** A JWT with these parts and this signature; `undefined` leaves the signature of the original. */
export function forge(
  jwt: string,
  { header, claims, signature }: { header?: Claims; claims?: Claims; signature?: string },
): string {
  const [, , original = ''] = jwt.split('.')
  const parts = [
    { ...headerOf(jwt), ...header },
    { ...claimsOf(jwt), ...claims },
  ]
  return [...parts.map(encode), signature ?? original].join('.')
}

/** An object as a part of a JWT. */
export function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function read(part = ''): Claims {
  return { ...JSON.parse(Buffer.from(part, 'base64url').toString()) }
}

/** What introspection says to callers whose business a token is not, or who ask about a dead one: this and nothing else. */
export function expectInactive(answer: Answer, because = ''): void {
  expect({ status: answer.status, text: answer.text }, because).toEqual({ status: 200, text: '{"active":false}' })
}

/** The client's answer to a token that has ended, at every place that a token can be shown. */
export async function expectDead(
  world: World,
  { client, access, refresh: token }: Tokens,
  because = '',
): Promise<void> {
  if (client.method !== 'none') {
    expectInactive(await introspect(world, client, access), because)
    expectInactive(await introspect(world, client, token), because)
  }
  expect((await userInfo(world, access)).status, because).toBe(401)
  const again = await refresh(world, client, token)
  expect({ status: again.status, error: again.json.error }, because).toEqual({ status: 400, error: 'invalid_grant' })
}

/** The opposite of {@link expectDead}; answers the tokens of a refresh. */
export async function expectAlive(world: World, { client, access, refresh: token }: Tokens): Promise<Answer> {
  if (client.method !== 'none') {
    expect((await introspect(world, client, access)).json.active).toBe(true)
    expect((await introspect(world, client, token)).json.active).toBe(true)
  }
  expect((await userInfo(world, access)).status).toBe(200)
  const answer = await refresh(world, client, token)
  expect(answer.status, answer.text).toBe(200)
  return answer
}

/** A refresh token with one of its parts changed: `rt_<kid>.<family>.<generation>.<mac>`. */
export function withPart(token: string, part: 'kid' | 'family' | 'generation' | 'mac', value: string): string {
  const parts = token.slice(3).split('.')
  parts[['kid', 'family', 'generation', 'mac'].indexOf(part)] = value
  return `rt_${parts.join('.')}`
}

/** The client's tokens with other ones in their place. */
export function asTokens(client: KnownClient, tokens: Tokens, answer: Answer): Tokens {
  const text = (name: string) => (typeof answer.json[name] === 'string' ? answer.json[name] : '')
  return {
    ...tokens,
    client,
    access: text('access_token'),
    refresh: text('refresh_token'),
    id: text('id_token'),
    answer,
  }
}
