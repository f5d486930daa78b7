import { expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { endings } from '#core/tokens/end.ts'
import { reconcile } from '#core/tokens/reconcile.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { testClock } from '#test/support/clock.ts'

const lives = { refreshAbsolute: 600, sessionAbsolute: 600, longestLifetime: 600 }

test('an end is durable and in force before apps are told, and is done only after', async () => {
  const clock = testClock()
  const stores = { ...openMemoryDurableStores(), ...openMemoryStores({ clock, sessionIdle: 600 }) }
  const steps: string[] = []
  const announce = async () => {
    const [end] = await stores.facts.listPending(10)
    const versions = { user: 0, client: 0, everything: 0 }
    const isDead = await stores.revocations.has({
      ...{ jti: undefined, familyId: undefined, userId: 'usr_1', clientId: 'shop' },
      ...{ sessionId: 'ses_1', versions },
    })
    steps.push(`durable ${end?.id}, dead ${isDead}`)
  }
  await endings({ ...stores, announce, clock, lives }).session('ses_1', 'signed_out')
  expect(steps).toEqual(['durable ses_1, dead true'])
  expect(await stores.facts.listPending(10)).toEqual([])
})

test('who dies, or cannot write, between an end and its notices leaves an end that is finished later', async () => {
  const clock = testClock()
  const stores = { ...openMemoryDurableStores(), ...openMemoryStores({ clock, sessionIdle: 600 }) }
  const failing = endings({ ...stores, announce: () => Promise.reject(new Unavailable('away')), clock, lives })
  await expect(failing.session('ses_1', 'signed_out')).rejects.toThrow('away')
  const told: string[] = []
  const announce = async ({ id }: { id: string }) => void told.push(id)
  await reconcile({ ...stores, announce, clock }, 10)
  await reconcile({ ...stores, announce, clock }, 10)
  expect(told).toEqual(['ses_1'])
})
