import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { aFamily, anEnd, anEvent, aSession, noon, seconds } from './samples.ts'

describeEach('the purge', (open) => {
  test('takes what is over, and nothing that is not', async () => {
    const { facts, audit, purge } = await open()
    for (const [id, at] of [
      ['old', seconds(-1)],
      ['new', noon],
    ] as const) {
      await facts.beginSession(aSession({ id, expiresAt: at }))
      await facts.beginFamily(aFamily({ id, expiresAt: at }))
      await audit.put([anEvent({ id, at })])
    }
    await purge({ audit: noon, facts: noon })
    expect(await facts.findSession('old')).toBeUndefined()
    expect(await facts.findFamily('old')).toBeUndefined()
    expect(await facts.findSession('new')).toBeDefined()
    expect(await facts.findFamily('new')).toBeDefined()
    expect((await audit.list({})).map((event) => event.id)).toEqual(['new'])
  })

  test('keeps an end until it is applied and its time is over', async () => {
    const { facts, purge } = await open()
    const end = anEnd({ until: seconds(60) })
    await facts.put(end)
    await purge({ audit: noon, facts: seconds(61) })
    expect(await facts.listPending()).toHaveLength(1)
    await facts.claim(end, seconds(61))
    // What is kept says no to a second one; what is gone lets it in.
    await purge({ audit: noon, facts: seconds(60) })
    await facts.put(end)
    expect(await facts.listPending()).toHaveLength(0)
    await purge({ audit: noon, facts: seconds(61) })
    await facts.put(end)
    expect(await facts.listPending()).toHaveLength(1)
  })

  test('empties a long trail', async () => {
    const { audit, purge } = await open()
    await audit.put(Array.from({ length: 2500 }, (_, n) => anEvent({ id: `${n}` })))
    await purge({ audit: seconds(1), facts: noon })
    expect(await audit.list({})).toEqual([])
  })
})
