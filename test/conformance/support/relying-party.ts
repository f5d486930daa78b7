import { randomBytes } from 'node:crypto'
import type { Page } from '#test/support/http-browser.ts'
import type { Op } from './op.ts'
import { type ClientMetadata, type Registered, registerClient } from './registration.ts'
import { type Changes, type HttpAnswer, parameters, send } from './requests.ts'
import type { ScriptedBrowser, Visit } from './scripted-browser.ts'

/** How the answer came back to the client. */
export type Answer = {
  readonly params: URLSearchParams
  readonly from: 'query' | 'fragment' | 'form_post'
  /** What was asked with. */
  readonly asked: URLSearchParams
  readonly visit: Visit
  /** The address of the answer, without its parameters. */
  readonly callback: string
  /** What stood in the query besides, where the answer is somewhere else. */
  readonly query: URLSearchParams
}

export type RelyingPartyOptions = {
  /** `code`, `id_token token`, …; `code` unless told. */
  readonly responseType?: string
  /** `form_post`, or what the response type has by default. */
  readonly responseMode?: 'default' | 'form_post'
  readonly method?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  /** Further metadata, in the names of RFC 7591. */
  readonly metadata?: ClientMetadata
  /** Static: by the operator. Dynamic: at `/register`, as anybody may. */
  readonly by?: 'static' | 'dynamic'
}

/** A client as the suite plays it. */
export type RelyingParty = {
  readonly client: Registered
  readonly redirectUri: string
  readonly responseType: string
  /** The parameters of an authorization request, fresh `state` and `nonce` included. */
  request(changes?: Changes): URLSearchParams
  /** Sends the browser to the authorization endpoint and answers where that ended: an answer, or a page. */
  authorize(browser: ScriptedBrowser, changes?: Changes): Promise<Answer | Page>
  /** The same where nothing but an answer will do. */
  answered(browser: ScriptedBrowser, changes?: Changes): Promise<Answer>
  /** Asks the token endpoint as this client. */
  token(fields: Changes): Promise<HttpAnswer>
  /** Redeems a code. */
  redeem(code: string, changes?: Changes): Promise<HttpAnswer>
  userInfo(token: string, how?: 'get' | 'post-header' | 'post-body'): Promise<HttpAnswer>
  /** Takes a dynamic registration back, as the suite does at the end of every module. */
  leave(): Promise<HttpAnswer | undefined>
}

/** Registers a client, as the suite does at the start of every module. */
export async function aRelyingParty(op: Op, options: RelyingPartyOptions = {}): Promise<RelyingParty> {
  const { responseType = 'code', responseMode = 'default' } = options
  const client = await registerClient(op, { ...options, responseType })
  const redirectUri = client.redirectUri
  const request = (changes: Changes = {}) =>
    parameters({
      client_id: client.id,
      redirect_uri: redirectUri,
      response_type: responseType,
      response_mode: responseMode === 'form_post' ? 'form_post' : undefined,
      scope: 'openid',
      state: randomBytes(12).toString('base64url'),
      nonce: randomBytes(12).toString('base64url'),
      ...changes,
    })

  async function authorize(browser: ScriptedBrowser, changes: Changes = {}): Promise<Answer | Page> {
    const asked = request(changes)
    return readAnswer(asked, await browser.visit(`${op.issuer}/authorize?${asked}`))
  }

  const token = async (fields: Changes) => {
    const { headers, body } = await client.prove(fields)
    return send(`${op.issuer}/token`, { method: 'POST', headers, body })
  }

  return {
    client,
    redirectUri,
    responseType,
    request,
    authorize,
    answered: async (browser, changes) => demand(await authorize(browser, changes)),
    token,
    redeem: (code, changes = {}) =>
      token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...changes }),
    userInfo: (accessToken, how = 'get') => send(`${op.issuer}/userinfo`, bearing(accessToken, how)),
    leave: async () => {
      const { uri, token: key } = client.registration ?? {}
      return uri ? send(uri, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } }) : undefined
    },
  }
}

/** What came to the client's door, or the page that the visit ended on. */
export function readAnswer(asked: URLSearchParams, visit: Visit): Answer | Page {
  const { end } = visit
  if (!end.left) return end
  const { url, sent } = end
  const query = new URLSearchParams(url.search)
  const known = { asked, visit, callback: url.origin + url.pathname, query }
  if (sent) return { ...known, params: sent, from: 'form_post' }
  if (url.hash !== '') return { ...known, params: new URLSearchParams(url.hash.slice(1)), from: 'fragment' }
  return { ...known, params: query, from: 'query' }
}

/** An answer, and no page. */
export function demand(outcome: Answer | Page): Answer {
  if ('params' in outcome) return outcome
  throw new Error(`no answer, but "${outcome.title}" (${outcome.status} at ${outcome.url.pathname}): ${outcome.text}`)
}

function bearing(token: string, how: 'get' | 'post-header' | 'post-body'): RequestInit {
  if (how === 'post-body') return { method: 'POST', body: new URLSearchParams({ access_token: token }) }
  const headers = { authorization: `Bearer ${token}` }
  return how === 'get' ? { headers } : { method: 'POST', headers }
}
