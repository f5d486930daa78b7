import { expect, test } from 'vitest'
import { later } from '#core/clock.ts'
import type { Revocable, RevocationMark } from '#core/tokens/revocation-store.ts'
import { testClock } from '#test/support/clock.ts'
import { describeEach } from './implementations.ts'
import { aRevocable } from './samples.ts'

describeEach('revocation marks', (open) => {
  async function opened() {
    const clock = testClock()
    const { revocations, families, sessions } = await open({ clock, sessionIdle: 600 })
    return { clock, revocations, families, sessions, until: later(clock.now(), 600) }
  }

  test('a token that nothing touches has not ended', async () => {
    const { revocations } = await opened()
    expect(await revocations.has(aRevocable())).toBe(false)
    const bare = { jti: undefined, familyId: undefined, sessionId: undefined, userId: undefined }
    expect(await revocations.has(aRevocable(bare))).toBe(false)
  })

  test('a revoked jti ends that token, until its date', async () => {
    const { clock, revocations, until } = await opened()
    const token = aRevocable()
    await revocations.add({ kind: 'token', jti: String(token.jti), until })
    await revocations.add({ kind: 'token', jti: String(token.jti), until: clock.now() })
    clock.move(595)
    expect(await revocations.has(token)).toBe(true)
    expect(await revocations.has(aRevocable())).toBe(false)
    clock.move(5)
    expect(await revocations.has(token)).toBe(false)
  })

  type Versioned = 'user' | 'client'
  const markOf = (kind: Versioned, token: Revocable, version: number, until: Date): RevocationMark => ({
    kind,
    id: String(kind === 'user' ? token.userId : token.clientId),
    version,
    until,
  })

  test.for(['user', 'client'] as const)('a version of a %s ends what copied a smaller one', async (kind) => {
    const { revocations, until } = await opened()
    const token = aRevocable()
    const own = token.versions[kind]
    await revocations.add(markOf(kind, token, own, until))
    expect(await revocations.has(token)).toBe(false)
    await revocations.add(markOf(kind, token, own + 1, until))
    expect(await revocations.has(token)).toBe(true)
    expect(await revocations.has({ ...token, versions: { ...token.versions, [kind]: own + 1 } })).toBe(false)
  })

  test.for(['user', 'client'] as const)('a version of a %s never goes back, nor does its date', async (kind) => {
    const { clock, revocations, until } = await opened()
    const token = aRevocable()
    const own = token.versions[kind]
    await revocations.add(markOf(kind, token, own + 2, until))
    await revocations.add(markOf(kind, token, own, later(until, -300)))
    clock.move(595)
    expect(await revocations.has({ ...token, versions: { ...token.versions, [kind]: own + 1 } })).toBe(true)
    clock.move(5)
    expect(await revocations.has(token)).toBe(false)
  })

  test('a user and a client of one id are two', async () => {
    const { revocations, until } = await opened()
    const token = aRevocable({ userId: 'same', clientId: 'same', versions: { user: 9, client: 0, everything: 1_000 } })
    await revocations.add({ kind: 'user', id: 'same', version: 5, until })
    expect(await revocations.has(token)).toBe(false)
  })

  test('a token without a person is not touched by the mark of one', async () => {
    const { revocations, until } = await opened()
    const token = aRevocable({ userId: undefined })
    await revocations.add({ kind: 'user', id: '', version: 100, until })
    await revocations.add({ kind: 'user', id: 'undefined', version: 100, until })
    expect(await revocations.has(token)).toBe(false)
  })

  test('the end of a family or a session ends its tokens, born or not', async () => {
    const { families, revocations, sessions, until } = await opened()
    const ofFamily = aRevocable()
    const ofSession = aRevocable()
    await families.revoke(String(ofFamily.familyId), until)
    await sessions.end(String(ofSession.sessionId), until)
    expect(await revocations.has(ofFamily)).toBe(true)
    expect(await revocations.has({ ...ofFamily, familyId: undefined })).toBe(false)
    expect(await revocations.has(ofSession)).toBe(true)
    expect(await revocations.has({ ...ofSession, sessionId: undefined })).toBe(false)
  })

  test('a version of everything ends whatever copied a smaller one, and is known', async () => {
    const { clock, revocations, until } = await opened()
    expect(await revocations.everything()).toBe(0)
    await revocations.add({ kind: 'everything', version: 7, until })
    await revocations.add({ kind: 'everything', version: 6, until })
    expect(await revocations.everything()).toBe(7)
    expect(await revocations.has(aRevocable({ versions: { user: 1, client: 1, everything: 6 } }))).toBe(true)
    expect(await revocations.has(aRevocable({ versions: { user: 1, client: 1, everything: 7 } }))).toBe(false)
    clock.move(600)
    expect(await revocations.everything()).toBe(0)
  })

  test('of versions that race the greatest stays', async () => {
    const { revocations, until } = await opened()
    const versions = Array.from({ length: 50 }, (_, at) => ((at * 17) % 50) + 100)
    await Promise.all(versions.map((version) => revocations.add({ kind: 'user', id: 'racer', version, until })))
    const copied = (user: number) => aRevocable({ userId: 'racer', versions: { user, client: 9, everything: 1_000 } })
    expect(await revocations.has(copied(148))).toBe(true)
    expect(await revocations.has(copied(149))).toBe(false)
  })
})
