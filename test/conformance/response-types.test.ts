import { describe, expect, test } from 'vitest'
import {
  authorizeUrl,
  type Changes,
  introspect,
  personOf,
  pkce,
  postForm,
  tokensOf,
  userInfo,
} from '#test/security/support/steps.ts'
import type { KnownClient } from '#test/security/support/world.ts'
import { theWorld } from '#test/security/support/world.ts'
import type { Page } from '#test/support/http-browser.ts'
import { aClientFor, halfHash, type Mode, readAnswer, readIdToken } from './authorization-answers.ts'

const world = await theWorld({ flags: { 'authorize.frontChannelTokens': 'all' } })
const { issuer, server, u1 } = world
const longState = 's'.repeat(128)

const types = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token']
const modes: readonly Mode[] = ['default', 'form_post']
const clients = new Map<string, KnownClient>()
for (const type of types) clients.set(type, await aClientFor(world, type))

// What an answer holds and where it goes, for every type in every mode: also those that no plan above plays.
describe.each(types.flatMap((type) => modes.map((mode) => ({ type, mode }))))('$type, $mode', ({ type, mode }) => {
  const client = clients.get(type) as KnownClient
  const [hasCode, hasIdToken, hasToken] = ['code', 'id_token', 'token'].map((word) => type.split(' ').includes(word))
  const person = personOf(world, u1)
  const name = (module: string) => `${module} (${type}, ${mode})`
  const { verifier, challenge } = pkce()

  const url = (changes: Changes = {}) =>
    authorizeUrl(world, client, {
      response_type: type,
      response_mode: mode === 'default' ? undefined : mode,
      scope: 'openid email',
      code_challenge: hasCode ? challenge : undefined,
      code_challenge_method: hasCode ? 'S256' : undefined,
      state: longState,
      ...changes,
    })
  const redeem = (code: string) => {
    const { redirectUri: redirect_uri } = client
    const fields = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri }
    return postForm(world, '/token', fields, client)
  }
  const ask = async (changes: Changes = {}) => {
    const said = readAnswer(await person.follow(url(changes)), client, { type, mode })
    world.keepSecret(said.code, said.id_token, said.access_token)
    return said
  }
  const expectRefusal = (page: Page, error: string, place = type) => {
    const said = readAnswer(page, client, { type: place, mode })
    const { error_description, session_state } = said
    expect(said).toEqual({ error, error_description, session_state, state: longState, iss: issuer })
    expect(error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }

  test(name('oidcc-server'), async () => {
    const said = await ask()
    const about = hasToken ? ['access_token', 'token_type', 'expires_in', 'scope'] : []
    const wanted = [...(hasCode ? ['code'] : []), ...(hasIdToken ? ['id_token'] : []), ...about]
    expect(Object.keys(said).toSorted()).toEqual([...wanted, 'state', 'iss', 'session_state'].toSorted())
    expect(said).toMatchObject({ state: longState, iss: issuer })
    if (hasToken) expect(said).toMatchObject({ token_type: 'Bearer', expires_in: '600', scope: 'openid email' })
    if (hasIdToken) {
      const { access_token, code } = said
      const { payload } = await readIdToken(world, client, said.id_token)
      expect(payload).toEqual({
        ...{ iss: issuer, sub: u1.sub, aud: client.id, nonce: 'a-nonce', acr: 'aal1', amr: ['pwd'] },
        ...{ sid: payload.sid, auth_time: expect.any(Number), iat: payload.iat, exp: Number(payload.iat) + 600 },
        ...{ s_hash: halfHash(longState), ...(access_token && { at_hash: halfHash(access_token) }) },
        ...(code && { c_hash: halfHash(code) }),
        // Nothing will ever fetch them from UserInfo (Core §5.4).
        ...(type === 'id_token' && { email: 'u1@people.test', email_verified: false }),
      })
    }
    const tokens = [said.access_token ?? []].flat()
    if (said.code !== undefined) {
      const redeemed = await redeem(said.code)
      expect(redeemed.json).not.toHaveProperty('refresh_token')
      const { access, id } = tokensOf(redeemed)
      const { payload } = await readIdToken(world, client, id)
      expect(payload).toMatchObject({ sub: u1.sub, nonce: 'a-nonce', at_hash: halfHash(access) })
      tokens.push(access)
    }
    expect(tokens).toHaveLength(Number(hasCode) + Number(hasToken))
    for (const token of tokens) {
      expect((await userInfo(world, token)).json).toMatchObject({ sub: u1.sub, email: 'u1@people.test' })
      expect((await introspect(world, client, token)).json).toMatchObject({ active: true, client_id: client.id })
    }
  })

  test(name(`oidcc-ensure-request-without-nonce-${hasIdToken ? 'fails' : 'succeeds'}`), async () => {
    if (hasIdToken) expectRefusal(await person.follow(url({ nonce: undefined })), 'invalid_request')
    else expect(await ask({ nonce: undefined })).not.toHaveProperty('error')
  })

  test(name('oidcc-prompt-none-not-logged-in'), async () => {
    const stranger = personOf(world, u1)
    expectRefusal(await stranger.follow(url({ prompt: 'none' })), 'login_required')
    const denied = await stranger.deny(await stranger.browser.open(url()))
    expectRefusal(await stranger.goOn(denied), 'access_denied')
  })

  test(name('oidcc-response-type-missing'), async () => {
    expectRefusal(await person.follow(url({ response_type: undefined })), 'invalid_request', 'code')
  })

  if (hasCode)
    test(name('oidcc-codereuse-30seconds'), async () => {
      const { code = '', access_token } = await ask()
      const { access } = tokensOf(await redeem(code))
      server.clock.move(30)
      const again = await redeem(code)
      expect([again.status, again.json.error]).toEqual([400, 'invalid_grant'])
      for (const token of [access, access_token ?? access]) {
        expect((await userInfo(world, token)).status).toBe(401)
        expect((await introspect(world, client, token)).text).toBe('{"active":false}')
      }
    })
})
