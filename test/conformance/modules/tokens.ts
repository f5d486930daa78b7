import { decodeProtectedHeader } from 'jose'
import { expect } from 'vitest'
import { checkRefusal, checkUserInfo, uninvited } from '../support/checks.ts'
import { claimsOfScope, type Json, readJson } from '../support/op.ts'
import { rotateKeys } from '../support/rotate-keys.ts'
import type { Module, Stage } from '../support/stage.ts'

/** What is handed out, and what the person's claims are: signatures, nonces, scopes, UserInfo. */
export const tokenModules: { readonly [module: string]: Module } = {
  'oidcc-server': {
    asserts: 'a whole flow: answer, token response, ID token and UserInfo are as they must be',
    check: ({ pass }) => pass(),
  },
  'oidcc-server-client-secret-post': {
    asserts: 'a whole flow by a client that sends its secret in the form',
    check: ({ pass }) => pass(),
  },
  'oidcc-idtoken-signature': {
    asserts: 'a client that names no algorithm gets RS256, with a kid that the JWKS knows',
    check: async ({ pass }) => {
      const { idToken } = await pass()
      expect(decodeProtectedHeader(idToken)).toMatchObject({ alg: 'RS256', kid: expect.stringMatching(/./) })
    },
  },
  'oidcc-idtoken-unsigned': {
    asserts: 'no ID token goes unsigned: `none` is not listed, so that the suite skips',
    check: async ({ metadata }) => expect(metadata.id_token_signing_alg_values_supported).not.toContain('none'),
  },
  'oidcc-server-rotate-keys': {
    asserts: 'after a rotation there is a new key in the JWKS beside the old ones, and it is the one that signs',
    check: async ({ op, metadata, pass }) => {
      const kids = async () => {
        const { keys } = await readJson(String(metadata.jwks_uri))
        return (keys as readonly Json[]).map(({ kid }) => kid)
      }
      const before = await kids()
      await rotateKeys(op)
      expect(await kids()).toEqual(expect.arrayContaining(before))
      const { idToken } = await pass()
      expect(before).not.toContain(decodeProtectedHeader(idToken).kid)
    },
  },
  'oidcc-userinfo-get': userInfoModule('get', 'a bearer token in the header of a GET'),
  'oidcc-userinfo-post-header': userInfoModule('post-header', 'a bearer token in the header of a POST'),
  'oidcc-userinfo-post-body': userInfoModule('post-body', 'an access token in the form of a POST'),
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow': {
    asserts: 'no nonce is asked for where the ID token comes from the token endpoint, and none is made up',
    check: async ({ pass }) => expect((await pass({ nonce: undefined })).claims).not.toHaveProperty('nonce'),
  },
  'oidcc-ensure-request-without-nonce-fails': {
    asserts: 'an ID token from the authorization endpoint needs a nonce: redirect with invalid_request',
    check: async ({ op, rp, browser }) => {
      const answer = await rp.answered(browser, { nonce: undefined })
      checkRefusal(op, rp, answer, ['invalid_request'])
    },
  },
  'oidcc-scope-profile': scopeModule('profile'),
  'oidcc-scope-email': emailModule('openid email'),
  'oidcc-scope-address': scopeModule('address'),
  'oidcc-scope-phone': scopeModule('phone'),
  'oidcc-scope-all': scopeModule('profile', 'email', 'address', 'phone'),
  'oidcc-alternate-happy-flow': {
    asserts: 'the order of scopes and of parameters does not matter',
    check: async (stage) => emailModule('email openid', reversed).check(stage),
  },
}

function userInfoModule(how: 'get' | 'post-header' | 'post-body', what: string): Module {
  return {
    asserts: `UserInfo answers 200 and JSON to ${what}`,
    check: async ({ rp, pass }) => {
      const { accessToken = '', claims } = await pass()
      checkUserInfo(await rp.userInfo(accessToken, how), String(claims.sub))
    },
  }
}

function scopeModule(...scopes: readonly string[]): Module {
  const claims = scopes.flatMap((scope) => claimsOfScope[scope] ?? [])
  return {
    asserts: `the scope brings every claim: ${claims.join(', ')}`,
    check: async ({ metadata, pass }) => {
      expect(metadata.scopes_supported).toEqual(expect.arrayContaining([...scopes]))
      expect(metadata.claims_supported).toEqual(expect.arrayContaining(claims))
      const { person } = await pass({ scope: ['openid', ...scopes].join(' ') })
      expect(Object.keys(person)).toEqual(expect.arrayContaining(claims))
    },
  }
}

function emailModule(scope: string, order: (stage: Stage) => Stage = (stage) => stage): Module {
  return {
    asserts: 'email and email_verified, and no name; the ID token carries neither where UserInfo can be asked',
    check: async (stage) => {
      const { person, claims, accessToken } = await order(stage).pass({ scope })
      expect(person).toMatchObject({ email: expect.any(String), email_verified: true })
      expect(person).not.toHaveProperty('name')
      if (accessToken) expect(uninvited(claims)).toEqual([])
    },
  }
}

/** The same client, whose parameters come in the opposite order. */
function reversed(stage: Stage): Stage {
  const rp = { ...stage.rp }
  const visit: Stage['browser']['visit'] = (url, init) => {
    const backwards = new URL(url)
    backwards.search = new URLSearchParams([...backwards.searchParams].reverse()).toString()
    return stage.browser.visit(backwards, init)
  }
  const browser = { ...stage.browser, visit }
  const answered: typeof rp.answered = (_browser, changes) => stage.rp.answered(browser, changes)
  return { ...stage, pass: (changes) => stage.pass(changes, { ...rp, answered }) }
}
