import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'

describeEach('sealed secrets', (open) => {
  test('one is made once, and kept under its name', async () => {
    const { secrets } = await open()
    expect(await secrets.find('salt')).toBeUndefined()
    expect(await secrets.begin('salt', 'one')).toBe('begun')
    expect(await secrets.begin('salt', 'two')).toBe('taken')
    expect(await secrets.find('salt')).toBe('one')
    expect(await secrets.find('Salt')).toBeUndefined()
  })

  test('of twenty who make it at once one does', async () => {
    const { secrets } = await open()
    const made = await Promise.all(Array.from({ length: 20 }, (_, n) => secrets.begin('salt', `n${n}`)))
    expect(made.filter((outcome) => outcome === 'begun')).toHaveLength(1)
    expect(await secrets.find('salt')).toBe(`n${made.indexOf('begun')}`)
  })

  test('it is replaced only by who has seen it', async () => {
    const { secrets } = await open()
    expect(await secrets.put('salt', 'two', 'one')).toBe('conflict')
    await secrets.begin('salt', 'one')
    expect(await secrets.put('salt', 'two', 'none')).toBe('conflict')
    expect(await secrets.put('salt', 'two', 'one')).toBe('stored')
    expect(await secrets.put('salt', 'three', 'one')).toBe('conflict')
    expect(await secrets.find('salt')).toBe('two')
  })
})
