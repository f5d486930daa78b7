import { expect } from 'vitest'
import { checkRefusal } from '../support/checks.ts'
import { type Module, questions, type Stage, signIns } from '../support/stage.ts'

const silentErrors = ['login_required', 'interaction_required', 'account_selection_required', 'consent_required']

/** Who is signed in and since when: prompt, max_age, id_token_hint, and what else a request may say. */
export const sessionModules: { readonly [module: string]: Module } = {
  'oidcc-display-page': harmless('display=page', { display: 'page' }),
  'oidcc-display-popup': harmless('display=popup', { display: 'popup' }),
  'oidcc-ensure-request-with-unknown-parameter-succeeds': harmless('an unknown parameter', { extra: 'foobar' }),
  'oidcc-login-hint': harmless('login_hint', { login_hint: 'conformance' }),
  'oidcc-ui-locales': harmless('ui_locales', { ui_locales: 'se' }),
  'oidcc-claims-locales': harmless('claims_locales', { claims_locales: 'se' }),
  'oidcc-prompt-login': {
    asserts: 'prompt=login shows the sign-in again although there is a session; auth_time is strictly later',
    check: async (stage) => {
      const first = await stage.pass()
      const second = await later(stage, 2).pass({ prompt: 'login' })
      expect(signIns(second.answer.visit)).toHaveLength(1)
      expect(second.answer.visit.screenshots).toHaveLength(1)
      expect(second.claims.auth_time).toBeGreaterThan(Number(first.claims.auth_time))
    },
  },
  'oidcc-prompt-none-not-logged-in': {
    asserts:
      'prompt=none without a session: an immediate redirect with login_required, a state of 128 signs and no code',
    check: async ({ op, rp, browser }) => {
      const answer = await rp.answered(browser, { prompt: 'none', state: 'x7'.repeat(64) })
      checkRefusal(op, rp, answer, silentErrors)
      expect(questions(answer.visit)).toEqual([])
    },
  },
  'oidcc-prompt-none-logged-in': {
    asserts: 'prompt=none with a session: no question, the same sub and the same auth_time',
    check: (stage) => silently(stage, () => ({ prompt: 'none' })),
  },
  'oidcc-id-token-hint': {
    asserts: 'prompt=none with an id_token_hint: no question, the same sub',
    check: (stage) => silently(stage, (hint) => ({ prompt: 'none', id_token_hint: hint })),
  },
  'oidcc-max-age-1': {
    asserts:
      'two seconds later max_age=1 shows the sign-in again; auth_time is there, later than the first, and recent',
    check: async (stage) => {
      const first = await stage.pass()
      const second = await later(stage, 2).pass({ max_age: '1' })
      expect(signIns(second.answer.visit)).toHaveLength(1)
      expect(second.answer.visit.screenshots).toHaveLength(1)
      const authTime = Number(second.claims.auth_time)
      expect(authTime).toBeGreaterThan(Number(first.claims.auth_time ?? 0))
      expect(Math.abs(authTime - stage.op.server.clock.now().getTime() / 1000)).toBeLessThan(30)
    },
  },
  'oidcc-max-age-10000': {
    asserts: 'max_age=15000, then max_age=10000: no second sign-in; auth_time is there and the same both times',
    check: async (stage) => {
      const first = await stage.pass({ max_age: '15000' })
      const second = await later(stage, 2).pass({ max_age: '10000' })
      expect(questions(second.answer.visit)).toEqual([])
      expect(first.claims.auth_time).toEqual(expect.any(Number))
      expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
    },
  },
  'oidcc-ensure-request-with-acr-values-succeeds': {
    asserts: 'acr_values with all that are supported: the ID token says one of them',
    check: async ({ metadata, pass }) => {
      const supported = metadata.acr_values_supported as readonly string[]
      const { claims } = await pass({ acr_values: supported.join(' ') })
      expect(supported).toContain(claims.acr)
    },
  },
}

function harmless(what: string, changes: { readonly [name: string]: string }): Module {
  return { asserts: `${what} is no reason to refuse: the whole flow passes`, check: ({ pass }) => pass(changes) }
}

async function silently(stage: Stage, changes: (hint: string) => { readonly [name: string]: string }): Promise<void> {
  const first = await stage.pass()
  const second = await later(stage, 2).pass(changes(first.idToken))
  expect(questions(second.answer.visit)).toEqual([])
  expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
}

/** Where the suite waits, the provider's clock is moved. */
function later(stage: Stage, seconds: number): Stage {
  stage.op.server.clock.move(seconds)
  return stage
}
