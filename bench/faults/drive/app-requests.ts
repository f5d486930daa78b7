import { nameOf } from '../history/history.ts'
import type { LabCode, LabFamily, Stage } from './cast.ts'
import type { About, Json, Scribed, Told } from './scribe.ts'
import type { Target } from './transport.ts'

/** What the app's requests can be told beside what they are. */
export type How = {
  readonly actor?: 'app' | 'thief'
  readonly at?: Target | undefined
  readonly hangUp?: boolean
  readonly isRetry?: boolean
  /** Where it arrives, it rightly ends the family. */
  readonly ends?: boolean
}

/** The tokens of an answer; empty where there are none. */
export function tokensOf(json: Json): { readonly access: string; readonly refresh: string; readonly id: string } {
  const read = (name: string) => (typeof json[name] === 'string' ? json[name] : '')
  return { access: read('access_token'), refresh: read('refresh_token'), id: read('id_token') }
}

function post(stage: Stage, path: string, form: Record<string, string>, about: About & How, tell?: Tell) {
  const { actor, at, hangUp = false, ...rest } = about
  const { id, secret } = stage.client
  const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
  return stage.scribe.ask({ ...rest, actor }, { path, form, headers, at, hangUp }, tell)
}

type Tell = (answer: { readonly status: number }, json: Json) => Told

/** Keeps what was handed out for the search in the logs, and has signed tokens verified. */
function delivered(stage: Stage): Tell {
  return ({ status }, json) => {
    const tokens = tokensOf(json)
    for (const [kind, token] of Object.entries(tokens)) stage.canaries.add(`${kind} token`, token)
    for (const token of [tokens.access, tokens.id]) if (token.startsWith('eyJ')) stage.onToken(token)
    const names = {
      delivered: tokens.refresh && nameOf(tokens.refresh),
      access: tokens.access && nameOf(tokens.access),
    }
    return { done: status === 200, delivered: names.delivered || undefined, access: names.access || undefined }
  }
}

/** Redeems a code for a family of this name. */
export function redeem(
  stage: Stage,
  { code, verifier }: LabCode,
  { family, session, ...how }: How & { readonly family: string; readonly session: string | undefined },
): Promise<Scribed> {
  const { redirectUri } = stage.client
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  stage.canaries.add('code', code)
  const about = { act: 'redeem', actor: 'app', presented: nameOf(code), family, session, ...how } as const
  return post(stage, '/token', form, about, delivered(stage))
}

/** Presents a refresh token of a family. */
export function present(stage: Stage, family: LabFamily, token: string, how: How = {}): Promise<Scribed> {
  const about = { act: 'refresh', actor: 'app', family: family.name, presented: nameOf(token), ...how } as const
  return post(stage, '/token', { grant_type: 'refresh_token', refresh_token: token }, about, delivered(stage))
}

/** Revokes a family by a refresh token of it (RFC 7009). */
export function revoke(stage: Stage, family: LabFamily, token: string, how: How = {}): Promise<Scribed> {
  const about = { act: 'revoke', actor: 'app', family: family.name, presented: nameOf(token), ends: true, ...how }
  return post(stage, '/revoke', { token }, about as About & How)
}

/** Asks whether an access token of a family lives. */
export function introspect(stage: Stage, family: LabFamily, access: string, how: How = {}): Promise<Scribed> {
  const about = { act: 'introspect', actor: 'app', family: family.name, access: nameOf(access), ...how } as const
  return post(stage, '/introspect', { token: access }, about, activity)
}

/** Asks whether a refresh token of a family is the live one; that neither rotates nor ends anything. */
export function introspectRefreshToken(
  stage: Stage,
  family: LabFamily,
  token: string,
  how: How = {},
): Promise<Scribed> {
  const about = { act: 'introspect', actor: 'app', family: family.name, presented: nameOf(token), ...how } as const
  return post(stage, '/introspect', { token }, about, activity)
}

const activity: Tell = ({ status }, json) => ({
  done: status === 200,
  active: status === 200 ? json.active === true : undefined,
})

/** A token of the app's own, by client_credentials. */
export function askOwnToken(stage: Stage, scope: string, how: How = {}): Promise<Scribed> {
  const form = { grant_type: 'client_credentials', scope }
  return post(stage, '/token', form, { act: 'own_token', actor: 'app', ...how }, delivered(stage))
}
