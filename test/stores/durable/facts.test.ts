import { expect, test } from 'vitest'
import type { End } from '#core/tokens/fact-store.ts'
import { describeEach } from './implementations.ts'
import { aFamily, anEnd, aSession, noon, seconds } from './samples.ts'

describeEach('facts', (open) => {
  test('births are found as they were kept', async () => {
    const { facts } = await open()
    const session = aSession({ amr: ['pwd', 'otp'] })
    const family = aFamily({ sessionId: undefined })
    await facts.beginSession(session)
    await facts.beginFamily(family)
    expect(await facts.findSession('session')).toEqual(session)
    expect(await facts.findFamily('family')).toEqual(family)
    for (const id of ['Session', '', 'session\0']) {
      expect(await facts.findSession(id)).toBeUndefined()
      expect(await facts.findFamily(id)).toBeUndefined()
    }
  })

  test('a birth that is told twice stays as it was told first', async () => {
    const { facts } = await open()
    for (const userId of ['usr_1', 'usr_2']) {
      await facts.beginSession(aSession({ userId }))
      await facts.beginFamily(aFamily({ userId }))
    }
    expect((await facts.findSession('session'))?.userId).toBe('usr_1')
    expect((await facts.findFamily('family'))?.userId).toBe('usr_1')
  })

  test('a session shows its latest sign-in, in whatever order it is told', async () => {
    const { facts } = await open()
    await facts.beginSession(aSession())
    await facts.beginSession(aSession({ id: 'other' }))
    await facts.rotateSession('session', { authTime: seconds(60), amr: ['pwd', 'otp'], secretHash: 'next' })
    await facts.rotateSession('session', { authTime: seconds(30), amr: ['pwd'], secretHash: 'older' })
    await facts.rotateSession('unknown', { authTime: seconds(60), amr: ['pwd'], secretHash: 'h' })
    const renewed = aSession({ authTime: seconds(60), amr: ['pwd', 'otp'], secretHash: 'next' })
    expect(await facts.findSession('session')).toEqual(renewed)
    expect(await facts.listSessions('usr_1', noon)).toContainEqual(renewed)
    expect(await facts.findSession('other')).toEqual(aSession({ id: 'other' }))
    expect(await facts.findSession('unknown')).toBeUndefined()
  })

  test('lists have the living only, newest first', async () => {
    const { facts } = await open()
    await facts.beginSession(aSession({ id: 'old' }))
    await facts.beginSession(aSession({ id: 'new', createdAt: seconds(5) }))
    await facts.beginSession(aSession({ id: 'B' }))
    await facts.beginSession(aSession({ id: 'over', expiresAt: seconds(1) }))
    await facts.beginSession(aSession({ id: 'ended' }))
    await facts.beginSession(aSession({ id: 'of another', userId: 'usr_2' }))
    await facts.put(anEnd({ kind: 'session', id: 'ended' }))
    const ids = async (now: Date) => (await facts.listSessions('usr_1', now)).map((fact) => fact.id)
    expect(await ids(seconds(0.999))).toEqual(['new', 'B', 'old', 'over'])
    expect(await ids(seconds(1))).toEqual(['new', 'B', 'old'])
    expect(await ids(seconds(3600))).toEqual([])
  })

  test('the living are counted, of everybody', async () => {
    const { facts } = await open()
    for (const [id, userId] of Object.entries({ a: 'usr_1', b: 'usr_2', c: 'usr_2' })) {
      await facts.beginSession(aSession({ id, userId }))
    }
    await facts.beginSession(aSession({ id: 'over', expiresAt: seconds(1) }))
    await facts.beginFamily(aFamily({ id: 'f', sessionId: 'a' }))
    await facts.beginFamily(aFamily({ id: 'g', sessionId: 'b', userId: 'usr_2' }))
    await facts.put(anEnd({ kind: 'session', id: 'a' }))
    expect(await facts.count(seconds(0.5))).toEqual({ sessions: 3, families: 1 })
    expect(await facts.count(seconds(1))).toEqual({ sessions: 2, families: 1 })
  })

  test('families are listed by person, client, session, or all that is asked together', async () => {
    const { facts } = await open()
    await facts.beginFamily(aFamily({ id: 'a' }))
    await facts.beginFamily(aFamily({ id: 'b', clientId: 'other', createdAt: seconds(1) }))
    await facts.beginFamily(aFamily({ id: 'c', userId: 'usr_2', sid: 'else', createdAt: seconds(2) }))
    await facts.beginFamily(aFamily({ id: 'd', expiresAt: seconds(1) }))
    await facts.beginFamily(aFamily({ id: 'e' }))
    await facts.put(anEnd({ id: 'e' }))
    const ids = async (of: Parameters<typeof facts.listFamilies>[0]) =>
      (await facts.listFamilies(of, seconds(1))).map((fact) => fact.id)
    expect(await ids({ userId: 'usr_1' })).toEqual(['b', 'a'])
    expect(await ids({ clientId: 'shop' })).toEqual(['c', 'a'])
    expect(await ids({ sid: 'session' })).toEqual(['b', 'a'])
    expect(await ids({ userId: 'usr_1', clientId: 'shop', sid: 'session' })).toEqual(['a'])
    expect(await ids({})).toEqual(['c', 'b', 'a'])
    expect(await ids({ sid: 'nobody' })).toEqual([])
  })

  test('an end is pending until it is claimed; the first reason and date stay', async () => {
    const { facts } = await open()
    await facts.beginFamily(aFamily())
    const first = anEnd({ reason: 'refresh_token_reused' })
    await facts.put(first)
    await facts.put(anEnd({ reason: 'deleted', at: seconds(20), until: seconds(9999) }))
    expect(await facts.listPending(100)).toEqual([{ ...first, appliedAt: undefined }])
    expect(await facts.findFamily('family')).toMatchObject({ endedAt: first.at, endReason: 'refresh_token_reused' })
    await facts.claim(first, seconds(11))
    expect(await facts.listPending(100)).toEqual([])
    await facts.put(first)
    expect(await facts.listPending(100)).toEqual([])
    await facts.claim(anEnd({ id: 'unknown' }), seconds(12))
  })

  test('ends of different kinds and versions are different ends, oldest first', async () => {
    const { facts } = await open()
    const ends: End[] = [
      anEnd({ kind: 'everything', id: '', version: 1, at: seconds(6) }),
      anEnd({ kind: 'token', id: 'x', at: seconds(5) }),
      anEnd({ kind: 'client', id: 'x', version: 0, at: seconds(4) }),
      anEnd({ kind: 'user', id: 'x', version: 2, at: seconds(3) }),
      anEnd({ kind: 'user', id: 'x', version: 1, at: seconds(2) }),
      anEnd({ kind: 'session', id: 'x', at: seconds(1) }),
    ]
    for (const end of ends) await facts.put(end)
    const pending = async () => (await facts.listPending(100)).map(({ kind, version }) => [kind, version])
    const oldestFirst = [...ends].reverse()
    expect(await facts.listPending(100)).toEqual(oldestFirst.map((end) => ({ ...end, appliedAt: undefined })))
    await facts.claim({ kind: 'user', id: 'x', version: 1 }, seconds(9))
    await facts.claim({ kind: 'client', id: 'x', version: undefined }, seconds(9))
    expect(await pending()).toEqual([
      ['session', undefined],
      ['user', 2],
      ['client', 0],
      ['token', undefined],
      ['everything', 1],
    ])
  })

  test('an end closes what it reaches, and nothing else', async () => {
    const { facts } = await open()
    for (const n of [1, 2]) {
      await facts.beginSession(aSession({ id: `s${n}`, userId: `usr_${n}` }))
      await facts.beginFamily(aFamily({ id: `bound${n}`, userId: `usr_${n}`, sessionId: `s${n}`, sid: `s${n}` }))
      await facts.beginFamily(
        aFamily({ id: `free${n}`, userId: `usr_${n}`, sessionId: undefined, sid: `s${n}`, clientId: `app${n}` }),
      )
    }
    const open1 = async () => {
      const lists = [1, 2].map(async (n) => [
        ...(await facts.listSessions(`usr_${n}`, noon)),
        ...(await facts.listFamilies({ userId: `usr_${n}` }, noon)),
      ])
      return (await Promise.all(lists)).flat().map((fact) => fact.id)
    }
    await facts.put(anEnd({ kind: 'token', id: 's1' }))
    await facts.put(anEnd({ kind: 'family', id: 's1' }))
    expect(await open1()).toEqual(['s1', 'bound1', 'free1', 's2', 'bound2', 'free2'])
    await facts.put(anEnd({ kind: 'session', id: 's1', reason: 'signed_out' }))
    expect(await open1()).toEqual(['free1', 's2', 'bound2', 'free2'])
    expect(await facts.findFamily('bound1')).toMatchObject({ endedAt: seconds(10), endReason: 'signed_out' })
    await facts.put(anEnd({ kind: 'client', id: 'app1', version: 6 }))
    expect(await open1()).toEqual(['s2', 'bound2', 'free2'])
    await facts.put(anEnd({ kind: 'user', id: 'usr_2', version: 5, reason: 'password_changed' }))
    expect(await open1()).toEqual([])
    expect(await facts.findSession('s2')).toMatchObject({ endReason: 'password_changed' })
    expect(await facts.findSession('s1')).toMatchObject({ endReason: 'signed_out' })
  })

  test('what is born after its end is born closed', async () => {
    const { facts } = await open()
    await facts.put(anEnd({ reason: 'code_replayed' }))
    await facts.beginFamily(aFamily())
    expect(await facts.findFamily('family')).toMatchObject({ endedAt: seconds(10), endReason: 'code_replayed' })
    await facts.put(anEnd({ kind: 'session', id: 'session', reason: 'signed_out' }))
    await facts.beginSession(aSession())
    await facts.beginFamily(aFamily({ id: 'bound' }))
    expect(await facts.findSession('session')).toMatchObject({ endReason: 'signed_out' })
    expect(await facts.findFamily('bound')).toMatchObject({ endReason: 'signed_out' })
  })

  test('a birth and an end that meet leave a closed fact', async () => {
    const { facts } = await open()
    const meetings = Array.from({ length: 100 }, (_, n) => [
      facts.beginFamily(aFamily({ id: `f${n}`, sessionId: undefined })),
      facts.put(anEnd({ id: `f${n}` })),
    ])
    await Promise.all(meetings.flat())
    expect(await facts.listFamilies({}, noon)).toEqual([])
    for (let n = 0; n < 100; n++) expect((await facts.findFamily(`f${n}`))?.endReason).toBe('revoked_by_client')
  })

  test('births and ends of all kinds at once each keep their promise', async () => {
    const { facts } = await open()
    const ids = Array.from({ length: 60 }, (_, n) => `${n}`)
    const works = ids.flatMap((id) => [
      facts.beginSession(aSession({ id })),
      facts.beginFamily(aFamily({ id, sessionId: id, sid: id })),
      facts.put(anEnd({ kind: 'session', id, reason: 'signed_out' })),
      facts.put(anEnd({ kind: 'session', id, reason: 'signed_out' })),
      facts.put(anEnd({ kind: 'user', id, version: 1 })),
    ])
    await Promise.all(works)
    await Promise.all(ids.map((id) => facts.claim({ kind: 'user', id, version: 1 }, seconds(20))))
    expect(await facts.count(noon)).toEqual({ sessions: 0, families: 0 })
    expect(await facts.listPending(200)).toHaveLength(60)
    for (const id of ids) expect((await facts.findFamily(id))?.endReason).toBe('signed_out')
  })

  test('one that the database refuses costs its neighbours nothing', async () => {
    const { facts } = await open()
    const ids = Array.from({ length: 40 }, (_, n) => (n === 20 ? 'bad\0' : `${n}`))
    const outcomes = await Promise.allSettled(ids.map((id) => facts.put(anEnd({ id }))))
    for (const [n, { status }] of outcomes.entries()) if (n !== 20) expect(status).toBe('fulfilled')
    const kept = (await facts.listPending(100)).map(({ id }) => id)
    expect(ids.filter((id) => id !== 'bad\0' && !kept.includes(id))).toEqual([])
  })

  test('20 that bump everything at once get 20 versions', async () => {
    const { facts } = await open()
    const versions = await Promise.all(Array.from({ length: 20 }, () => facts.bumpEverything()))
    expect(versions.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  test('a hostile agent is kept without harm', async () => {
    const { facts } = await open()
    await facts.beginSession(aSession({ agent: `\0\ud800${'x'.repeat(100_000)}` }))
    expect(await facts.findSession('session')).toBeDefined()
  })

  test('the version of a person or client is the latest that an end put in force', async () => {
    const { facts } = await open()
    expect(await facts.findVersion('client', 'photos')).toBe(0)
    for (const version of [1, 3, 2]) await facts.put(anEnd({ kind: 'client', id: 'photos', version }))
    await facts.put(anEnd({ kind: 'user', id: 'photos', version: 9 }))
    await facts.put(anEnd({ kind: 'client', id: 'other', version: 8 }))
    await facts.put(anEnd({ kind: 'family', id: 'photos' }))
    expect(await facts.findVersion('client', 'photos')).toBe(3)
    expect(await facts.findVersion('user', 'photos')).toBe(9)
    expect(await facts.findVersion('user', 'nobody')).toBe(0)
  })
})
