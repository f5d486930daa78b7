import { expect, test } from 'vitest'
import { secretSeal } from '#core/clients/sealed-secret.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { type Knower, subjects } from '#core/users/subject.ts'
import { findSubjectSalt, resealSubjectSalt } from '#core/users/subject-salt.ts'
import { memorySecrets } from '#stores/memory/durable-secrets.ts'

const oldSeal = secretSeal('kT9vQ2xWz7LmB4rYp0NcHs6EfJ8uGd3A', 'provider secret')
const newSeal = secretSeal('aXq8ZrV1tNw5KyMb7PcLg2UjEoDh9S6f', 'provider secret')

const { subjectFor, sidFor, sessionOf } = subjects('a-salt')

function knower(id: string, redirectUris: readonly string[], sectorIdentifierUri?: string): Knower {
  return { id, subjectType: 'pairwise', redirectUris, sectorIdentifierUri }
}

test('a public subject is the person’s own', () => {
  const client = { ...knower('a', ['https://a.test/cb']), subjectType: 'public' } as const
  expect(subjectFor(client, 'usr_1')).toBe('usr_1')
  expect(sidFor(client, 'ses_1')).toBe('ses_1')
  expect(sessionOf(client, 'ses_1')).toBe('ses_1')
})

/** Two clients, and whether they know a person by the same subject. */
const table: readonly (readonly [string, Knower, Knower, boolean])[] = [
  [
    'one host, other paths',
    knower('a', ['https://a.test/cb']),
    knower('b', ['https://a.test/x', 'https://a.test/y']),
    true,
  ],
  ['one host, another port', knower('a', ['https://a.test/cb']), knower('b', ['https://a.test:8443/cb']), true],
  ['two hosts', knower('a', ['https://a.test/cb']), knower('b', ['https://b.test/cb']), false],
  ['a host below', knower('a', ['https://a.test/cb']), knower('b', ['https://x.a.test/cb']), false],
  [
    'one sector identifier',
    knower('a', ['https://a.test/cb'], 'https://sector.test/a.json'),
    knower('b', ['https://b.test/cb', 'https://c.test/cb'], 'https://sector.test/b.json'),
    true,
  ],
  [
    'a sector identifier and its host',
    knower('a', ['https://a.test/cb'], 'https://s.test/x'),
    knower('b', ['https://s.test/cb']),
    true,
  ],
  [
    'several hosts and no sector identifier',
    knower('a', ['https://a.test/', 'https://b.test/']),
    knower('b', ['https://a.test/']),
    false,
  ],
  ['two apps on a device', knower('a', ['http://127.0.0.1/cb']), knower('b', ['http://127.0.0.1/cb']), false],
  ['two apps with a private scheme', knower('a', ['com.a:/cb']), knower('b', ['com.a:/cb']), false],
  ['a host that looks like a client', knower('a', ['http://127.0.0.1/cb']), knower('b', ['https://a/cb']), false],
]

test.each(table)('of %s', (_what, one, other, isSame) => {
  const [first, second] = [subjectFor(one, 'usr_1'), subjectFor(other, 'usr_1')]
  expect(first === second).toBe(isSame)
  expect(first).toMatch(/^[\w-]{43}$/)
  expect(subjectFor(one, 'usr_1')).toBe(first)
  expect(subjectFor(one, 'usr_2')).not.toBe(first)
  expect(subjects('another-salt').subjectFor(one, 'usr_1')).not.toBe(first)
})

test.each(table)('the sid of %s', (_what, one, other, isSame) => {
  const sid = sidFor(one, 'ses_AAAAAAAAAAAAAAAAAAAAAA')
  expect(sidFor(other, 'ses_AAAAAAAAAAAAAAAAAAAAAA') === sid).toBe(isSame)
  expect(sidFor(one, 'ses_BAAAAAAAAAAAAAAAAAAAAA')).not.toBe(sid)
  expect(sid).toMatch(/^[\w-]{72}$/)
  expect(sessionOf(one, sid)).toBe('ses_AAAAAAAAAAAAAAAAAAAAAA')
  expect(sessionOf(other, sid)).toBe(isSame ? 'ses_AAAAAAAAAAAAAAAAAAAAAA' : undefined)
})

test('a sid that we did not make names no session', () => {
  const client = knower('a', ['https://a.test/cb'])
  const sid = sidFor(client, 'ses_1')
  for (const wrong of ['', 'ses_1', 'x'.repeat(72), `B${sid.slice(1)}`, sid.slice(0, -2), `${sid}AA`])
    expect(sessionOf(client, wrong), wrong).toBeUndefined()
  expect(subjects('another-salt').sessionOf(client, sid)).toBeUndefined()
})

test('a pairwise subject is the same in every version: this one was made by the first', () => {
  expect(subjectFor(knower('a', ['https://a.test/cb']), 'usr_1')).toBe('KsMTtHRfK87eRapehBCEPB_Pc0udnwMST_V37px55x4')
})

test('the salt is made once, whoever comes first', async () => {
  const secrets = memorySecrets()
  const found = await Promise.all(Array.from({ length: 20 }, () => findSubjectSalt(secrets, oldSeal)))
  expect(new Set(found).size).toBe(1)
  expect(await findSubjectSalt(secrets, oldSeal)).toBe(found[0])
})

test('another keys.secret opens it only after it was sealed anew, and it is the same salt', async () => {
  const secrets = memorySecrets()
  const salt = await findSubjectSalt(secrets, oldSeal)
  expect(await findSubjectSalt(secrets, newSeal)).toBeUndefined()
  expect(await resealSubjectSalt(secrets, { from: oldSeal, to: newSeal })).toBe(true)
  expect(await resealSubjectSalt(secrets, { from: oldSeal, to: newSeal })).toBe(false)
  expect(await findSubjectSalt(secrets, newSeal)).toBe(salt)
  const lost = resealSubjectSalt(secrets, { from: oldSeal, to: secretSeal('other', 'provider secret') })
  await expect(lost).rejects.toMatchObject({ code: 'conflict' })
})

test('without its salt nobody is taken for somebody else', () => {
  const { subjectFor, sidFor, sessionOf } = subjects(undefined)
  const client = knower('a', ['https://a.test/cb'])
  for (const ask of [subjectFor, sidFor, sessionOf]) expect(() => ask(client, 'usr_1')).toThrow(Unavailable)
})
