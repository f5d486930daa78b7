import { type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import { aLogoutReceiver } from '#test/support/logout-receiver.ts'
import { publishedKeys } from '../support/checks.ts'
import type { ClientMetadata } from '../support/registration.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import type { Module, Stage } from '../support/stage.ts'
import { goodbye, leaveWithState, nobodyIsSignedIn } from './rp-initiated-logout.ts'

const frontAddress = 'https://suite.test/test/a/signet/frontchannel_logout?kept=1'

/** How apps are told that a session has ended. */
export const appLogoutModules: { readonly [module: string]: Module } = {
  'oidcc-backchannel-rp-initiated-logout': {
    asserts:
      'one form with a logout token alone: signed by a published key, for this client, with the event, the sid and the sub of the ID token, and no nonce',
    check: async (stage) => {
      const receiver = await aLogoutReceiver()
      try {
        await tellsByTheBack(stage, receiver)
      } finally {
        await receiver.close()
      }
    },
  },
  'oidcc-frontchannel-rp-initiated-logout': {
    asserts:
      'the page of the sign-out loads the client’s address in a frame, with iss and sid added and nothing else, then leads back with the state',
    check: async (stage) => {
      const metadata = { frontchannel_logout_uri: frontAddress, frontchannel_logout_session_required: true }
      const { sid, visit } = await signInAndOut(stage, metadata)
      const [frame] = visit.frames
      expect(visit.frames).toHaveLength(1)
      expect(`${frame?.origin}${frame?.pathname}`).toBe(frontAddress.replace(/\?.*/, ''))
      expect(Object.fromEntries(frame?.searchParams ?? [])).toEqual({ kept: '1', iss: stage.op.issuer, sid })
    },
  },
}

async function tellsByTheBack(stage: Stage, receiver: Awaited<ReturnType<typeof aLogoutReceiver>>): Promise<void> {
  const metadata = { backchannel_logout_uri: receiver.uri, backchannel_logout_session_required: true }
  const { rp, sid, sub } = await signInAndOut(stage, metadata)
  await stage.op.server.sendLogouts()
  expect(receiver.bodies).toHaveLength(1)
  expect([...new URLSearchParams(receiver.bodies[0]).keys()]).toEqual(['logout_token'])
  const told = await readLogoutToken(stage, rp, receiver.tokens()[0] ?? '')
  expect(told).toMatchObject({ sid, sub, jti: expect.stringMatching(/./), iat: expect.any(Number) })
  expect(told.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
  expect(told).not.toHaveProperty('nonce')
}

async function signInAndOut(stage: Stage, metadata: ClientMetadata) {
  const rp = await stage.client({ metadata: { post_logout_redirect_uris: [goodbye], ...metadata } })
  const { idToken, claims } = await stage.pass({}, rp)
  expect(claims.sid).toEqual(expect.stringMatching(/./))
  const signedIn = { ...stage, rp, hint: idToken }
  const visit = await leaveWithState(signedIn)
  await nobodyIsSignedIn(signedIn)
  return { rp, visit, sid: claims.sid, sub: claims.sub }
}

async function readLogoutToken({ op }: Stage, rp: RelyingParty, token: string): Promise<JWTPayload> {
  const rules = { issuer: op.issuer, audience: rp.client.id, currentDate: op.server.clock.now(), algorithms: ['RS256'] }
  const { payload } = await jwtVerify(token, await publishedKeys(op), rules)
  return payload
}
