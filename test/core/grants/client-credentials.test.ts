import { expect, test } from 'vitest'
import { openAudit } from '#core/audit/audit.ts'
import { newClient } from '#core/clients/new-client.ts'
import { clientCredentialsGrant } from '#core/grants/client-credentials.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { memoryAudit } from '#stores/memory/durable-audit.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { testClock } from '#test/support/clock.ts'
import { aMint, issuer } from '../tokens/a-mint.ts'

const origin = { address: '127.0.0.1', agent: 'a test', requestId: 'r' }
const wishes = { id: 'job', name: 'Job', redirectUris: [], scopes: ['notes:read'], grantTypes: ['client_credentials'] }

async function opened() {
  const { mint, verify } = await aMint()
  const clock = testClock()
  const { apis } = openMemoryDurableStores()
  const { client } = newClient(wishes, clock.now())
  let version = 4
  let failure: Error | undefined
  const revocations = {
    add: async () => {},
    has: async () => false,
    everything: async () => {
      if (failure) throw failure
      return version
    },
  }
  const audit = openAudit({ store: memoryAudit(), clock })
  const grant = clientCredentialsGrant({ issuer, apis, revocations, mint, audit })
  const versionOfAnswer = async () => {
    const answer = await grant.redeem({ client, form: new Map(), origin })
    return (await verify(answer.access_token)).payload.ver
  }
  const fail = (error: Error | undefined) => {
    failure = error
  }
  return { versionOfAnswer, fail, bump: () => void version++ }
}

test('while the fast store is down a client gets a token under the version that was known last', async () => {
  const { versionOfAnswer, fail, bump } = await opened()
  expect(await versionOfAnswer()).toEqual([0, expect.any(Number), 4])
  bump()
  expect(await versionOfAnswer()).toEqual([0, expect.any(Number), 5])
  bump()
  fail(new Unavailable('away'))
  expect(await versionOfAnswer()).toEqual([0, expect.any(Number), 5])
  fail(undefined)
  expect(await versionOfAnswer()).toEqual([0, expect.any(Number), 6])
})

test('where no version was ever known it is an outage, and a bug stays one', async () => {
  const { versionOfAnswer, fail } = await opened()
  fail(new Unavailable('away'))
  await expect(versionOfAnswer()).rejects.toBeInstanceOf(Unavailable)
  fail(undefined)
  await versionOfAnswer()
  fail(new TypeError('a bug'))
  await expect(versionOfAnswer()).rejects.toBeInstanceOf(TypeError)
})
