import { expect, test } from 'vitest'
import { openAudit } from '#core/audit/audit.ts'
import { later } from '#core/clock.ts'
import type { FamilyFact } from '#core/tokens/fact-store.ts'
import { findRecoverable, recoverFamily } from '#core/tokens/recover-family.ts'
import { openUses } from '#core/tokens/uses.ts'
import { memoryAudit } from '#stores/memory/durable-audit.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { aFamily, here } from '#test/stores/fast/samples.ts'
import { testClock } from '#test/support/clock.ts'

const origin = { address: '127.0.0.1', agent: 'a test', requestId: 'r' }
const macKid = 'mac-1'

async function opened(changes: Partial<FamilyFact> = {}) {
  const clock = testClock()
  const facts = memoryFacts()
  const trail = memoryAudit()
  const { families } = openMemoryStores({ clock, sessionIdle: 600 })
  const family = aFamily(later(clock.now(), -5000))
  const floor = { generation: 7, rotatedAt: later(clock.now(), -100) }
  await facts.beginFamily({ ...family, ...floor, endedAt: undefined, endReason: undefined, ...changes })
  const audit = openAudit({ store: trail, clock })
  const uses = openUses({ facts, clock })
  const parts = { families, facts, uses, audit, clock }
  const recover = (generation: number, kid = macKid) =>
    recoverFamily(parts, { familyId: family.id, generation, macKid: kid }, origin)
  const events = async () => {
    await audit.flush()
    return trail.list({})
  }
  return { clock, facts, families, family, floor, uses, recover, events }
}

test.for([
  ['the floor, of a token below it', 3, 7],
  ['the floor, of the token that it is', 7, 7],
  ['the generation of a token above it', 9, 9],
] as const)('a family comes back at %s', async ([, shown, generation]) => {
  const { families, family, floor, facts, uses, recover, events } = await opened()
  expect(await recover(shown)).toBe(true)
  expect(await families.find(family.id)).toEqual({ family, generation, rotatedAt: floor.rotatedAt })
  expect(await events()).toMatchObject([
    { event: 'token.family_recovered', familyId: family.id, details: { generation } },
  ])
  await uses.flush()
  expect((await facts.findFamily(family.id))?.generation).toBe(generation)
})

test('whoever comes second is told to ask again, and changes nothing', async () => {
  const { families, family, recover, events } = await opened()
  await recover(7)
  expect(await recover(9)).toBe(true)
  expect(here(await families.find(family.id)).generation).toBe(7)
  expect(await events()).toHaveLength(1)
})

test.for([
  ['one that has ended', { endedAt: new Date(), endReason: 'revoked_by_client' }],
  ['one that has expired', { expiresAt: new Date(Date.now() - 1000) }],
  ['one whose fact an older version wrote', { macKid: '', generation: 0 }],
  ['one under another key, whatever generation is shown', { macKid: 'mac-2' }],
] as const)('%s does not come back', async ([, changes]) => {
  const { families, family, recover, events } = await opened(changes)
  for (const generation of [1, 7, 999]) expect(await recover(generation)).toBe(false)
  expect(await families.find(family.id)).toBe('lost')
  expect(await events()).toEqual([])
})

test('an unknown one does not come back', async () => {
  const { facts, clock } = await opened()
  expect(await findRecoverable(facts, { familyId: 'unknown', generation: 1, macKid }, clock.now())).toBeUndefined()
})
