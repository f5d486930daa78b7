import { expect, test } from 'vitest'
import { invariants } from '#bench/faults/invariants/all.ts'
import { noSecrets } from '#bench/faults/invariants/no-secrets.ts'
import { introspectionCases } from './made-up-introspections.ts'
import { aRecord, born, type Case, outage, refreshed, refused, revoked, said, unavailable } from './made-up-record.ts'

const thief = { actor: 'thief', ends: true }
const retry = { isRetry: true }
const login = { act: 'login', session: 's' } as const
const logout = { act: 'logout', session: 's', ends: true, status: 303, done: true } as const

const cases: readonly Case[] = [
  ...introspectionCases,
  ['nothing happened', undefined, aRecord([])],
  [
    'an honest life',
    undefined,
    aRecord([born(), refreshed(100, 't1', 't2'), refreshed(200, 't2', 't3'), said(300, true)]),
  ],
  [
    'the same successor within the grace',
    undefined,
    aRecord([born(), refreshed(100, 't1', 't2'), refreshed(20_000, 't1', 't2')]),
  ],
  [
    'the same successor after the grace',
    'consumed-tokens',
    aRecord([born(), refreshed(100, 't1', 't2'), refreshed(32_000, 't1', 't2')]),
  ],
  [
    'the grace begins again after an outage',
    undefined,
    aRecord([born(), refreshed(900, 't1', 't2'), refreshed(62_000, 't1', 't2')], outage),
  ],
  ['and ends', 'consumed-tokens', aRecord([born(), refreshed(900, 't1', 't2'), refreshed(99_000, 't1', 't2')], outage)],
  [
    'two successors of one token',
    'one-generation',
    aRecord([born(), refreshed(100, 't1', 't2'), refreshed(105, 't1', 't2b')]),
  ],
  [
    'a token works after its successor was used',
    'one-generation',
    aRecord([born(), refreshed(100, 't1', 't2'), refreshed(200, 't2', 't3'), refreshed(300, 't1', 't2')]),
  ],
  [
    'two machines answer at once, in any order',
    undefined,
    aRecord([
      born(),
      refreshed(100, 't1', 't2', { ended: 400 }),
      refreshed(105, 't1', 't2'),
      refreshed(150, 't2', 't3'),
    ]),
  ],
  ['a revoked family is refused', undefined, aRecord([born(), revoked(100), refused(200, 't1'), said(1300, false)])],
  ['a revoked family works', 'ended-stays-ended', aRecord([born(), revoked(100), refreshed(200, 't1', 't2')])],
  [
    'a refresh that began before the answer to the revocation',
    undefined,
    aRecord([born(), revoked(100), refreshed(105, 't1', 't2')]),
  ],
  [
    'an end that was asked for and not answered',
    undefined,
    aRecord([born(), revoked(100, { status: undefined, isHungUp: true }), refreshed(200, 't1', 't2')]),
  ],
  ['a revoked token is active', 'ended-stays-ended', aRecord([born(), revoked(100), said(1200, true)])],
  [
    'a signed-out family works',
    'ended-stays-ended',
    aRecord([born(), { ...logout, begun: 100 }, refreshed(200, 't1', 't2')]),
  ],
  [
    'a family works after a thief was refused',
    'ended-stays-ended',
    aRecord([
      born(),
      refreshed(100, 't1', 't2'),
      refreshed(200, 't2', 't3'),
      refused(300, 't1', thief),
      refreshed(400, 't3', 't4'),
    ]),
  ],
  [
    'the owner is refused after the thief',
    undefined,
    aRecord([
      born(),
      refreshed(100, 't1', 't2'),
      refreshed(200, 't2', 't3'),
      refused(300, 't1', thief),
      refused(400, 't3'),
    ]),
  ],
  [
    'a delivered token is refused',
    'delivered-works',
    aRecord([born(), refreshed(100, 't1', 't2'), refused(200, 't2')]),
  ],
  [
    'a delivered token is refused that an outage had kept from being used',
    ['delivered-works', 'blameless-clients'],
    aRecord(
      [born(), refreshed(100, 't1', 't2'), unavailable(1100, { presented: 't2' }), refused(2000, 't2', retry)],
      outage,
    ),
  ],
  [
    'a delivered token is refused whose use nobody has heard the answer of',
    'blameless-clients',
    aRecord([
      born(),
      refreshed(100, 't1', 't2', { status: undefined, done: false, delivered: undefined, isHungUp: true }),
      refused(200, 't1', retry),
    ]),
  ],
  ['a code works twice', 'one-use', aRecord([born(), born({ begun: 100 })])],
  [
    'a code comes back and is refused',
    undefined,
    aRecord([born(), born({ ...thief, begun: 100, status: 400, error: 'invalid_grant' })]),
  ],
  [
    'an honest retry is refused',
    ['delivered-works', 'blameless-clients'],
    aRecord([born(), unavailable(1100), refused(2000, 't1', retry)], outage),
  ],
  [
    'an honest retry is answered',
    undefined,
    aRecord([born(), unavailable(1100), refreshed(2000, 't1', 't2', retry)], outage),
  ],
  ['invalid_client', 'blameless-clients', aRecord([unavailable(100, { status: 401, error: 'invalid_client' })])],
  ['a new code is refused', 'blameless-clients', aRecord([born({ status: 400, error: 'invalid_grant' })])],
  [
    'a code from before a loss',
    undefined,
    aRecord([born({ begun: 500, status: 400, error: 'invalid_grant' })], { losses: [{ at: 400, what: 'redis' }] }),
  ],
  [
    'a person is asked to sign in again',
    'blameless-clients',
    aRecord([
      { ...login, begun: 0, status: 303, done: true },
      { ...login, begun: 100 },
    ]),
  ],
  [
    'after a sign-out that is right',
    undefined,
    aRecord([
      { ...login, begun: 0, status: 303, done: true },
      { ...logout, begun: 50 },
      { ...login, begun: 100 },
    ]),
  ],
  ['503 in an outage', undefined, aRecord([unavailable(2000)], outage)],
  ['503 within three seconds after it', undefined, aRecord([unavailable(63_900)], outage)],
  ['503 later', 'honest-failures', aRecord([unavailable(64_500)], outage)],
  ['503 without Retry-After', 'honest-failures', aRecord([unavailable(2000, { retryAfter: undefined })], outage)],
  ['500', 'honest-failures', aRecord([unavailable(2000, { status: 500 })], outage)],
  [
    'no answer while only a store is broken',
    'honest-failures',
    aRecord([unavailable(2000, { status: undefined })], outage),
  ],
  [
    'no answer that the client did not wait for',
    undefined,
    aRecord([unavailable(2000, { status: undefined, isHungUp: true })]),
  ],
  [
    'no answer of a machine that was killed',
    undefined,
    aRecord([unavailable(2000, { status: undefined })], { windows: [{ what: 'machine a', from: 1000, to: 3000 }] }),
  ],
  [
    'a token that does not verify',
    'verifiable-tokens',
    aRecord([], { verifications: [{ at: 5, token: 't', fault: 'no key' }] }),
  ],
  ['a token that verifies', undefined, aRecord([], { verifications: [{ at: 5, token: 't', fault: undefined }] })],
  ['answered late', 'in-time', aRecord([born({ ended: 2600 })])],
  ['late because the bench itself had no processor', undefined, aRecord([born({ ended: 2600 })], { lag: 200 })],
  [
    'a lost write',
    'nothing-lost',
    aRecord([], { looks: [{ what: 'f', promised: 'ended', found: 'nothing', isLost: true }] }),
  ],
  [
    'a write that is there',
    undefined,
    aRecord([], { looks: [{ what: 'f', promised: 'ended', found: 'ended', isLost: false }] }),
  ],
  ['not as described', 'as-described', aRecord([], { expectations: [{ what: 'back', found: '9 s', isMet: false }] })],
]

test.each(cases)('%s: breaks %s', (_what, broken, record) => {
  const found = invariants.flatMap((one) => one.judge(record)).map(({ invariant }) => invariant)
  expect([...new Set(found)]).toEqual(broken === undefined ? [] : [broken].flat())
})

test('every promise is caught once at least', () => {
  const caught = new Set(cases.map(([, broken]) => broken).filter((broken) => typeof broken === 'string'))
  for (const { name } of invariants) expect(caught, name).toContain(name)
})

test('a secret in a log is found, plain and as a URL writes it, and nothing else is', () => {
  const canaries = new Map([
    ['a+secret/of-32-characters==', 'password'],
    ['rt_kid.family.1.mac-of-the-token', 'refresh token'],
  ])
  const find = (text: string) => noSecrets([{ name: 'a', text }], canaries).map(({ what }) => what)
  expect(find('{"msg":"answered","path":"/token"}')).toEqual([])
  expect(find('user typed a+secret/of-32-characters== here')).toEqual(['password stands 1 times in the log of a'])
  expect(find('GET /?p=a%2Bsecret%2Fof-32-characters%3D%3D')).toEqual(['password stands 1 times in the log of a'])
  expect(find('… .mac-of-the-token')).toEqual(['refresh token stands 1 times in the log of a'])
})
