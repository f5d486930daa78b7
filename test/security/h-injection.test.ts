import { describe, expect, onTestFinished, test } from 'vitest'
import {
  authorizeUrl,
  basic,
  getCode,
  introspect,
  personOf,
  postForm,
  redeem,
  refresh,
  revoke,
  signIn,
} from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { aWorld, type World } from './support/world.ts'

const injections = [
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  '" OR ""="',
  "c1'--",
  "c1' UNION SELECT * FROM clients --",
  '\\',
  '\\"',
  '%',
  '_',
  'c_',
  'c%',
  '*',
  '?',
  '[a-z]',
  '$1',
  '$' + '{7*7}',
  '{{7*7}}',
  '\0',
  'c1\0',
  '\u2028',
  '{"$gt":""}',
  '{b00}',
  'a}b{c',
  'x:y',
  '\r\nFLUSHALL\r\n',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  '../../etc/passwd',
  '..%2f..%2f',
  'NULL',
  'undefined',
  '-1',
  '1e309',
  '\ud800',
]

describe('H21 texts stay texts in every store', () => {
  test('H21 whatever is looked up by them', { timeout: 60_000 }, async () => {
    const real = await aWorld({ stores: 'real' })
    onTestFinished(real.close)
    const honest = await signIn(real, { changes: { scope: 'openid offline_access' } })
    const person = personOf(real, real.u1)
    const page = await person.browser.open(authorizeUrl(real, real.c1))
    for (const text of injections) {
      const answers = [
        await real.send(authorizeUrl(real, real.c1, { client_id: text })),
        await real.send(authorizeUrl(real, real.c1, { redirect_uri: text })),
        await real.send(authorizeUrl(real, real.c1, { resource: text })),
        await real.send(`/login?id=${encodeURIComponent(text.replace('\ud800', '�'))}`),
        await postTampered(real, person, {
          page,
          button: 'login',
          fields: { username: text, password: 'x'.repeat(5000) },
        }),
        await postForm(
          real,
          '/token',
          { grant_type: 'authorization_code', code: text, redirect_uri: text, code_verifier: text },
          real.c1,
        ),
        await refresh(real, real.c1, text),
        await refresh(real, real.c1, honest.refresh, { resource: text }),
        await introspect(real, real.c1, text),
        await revoke(real, real.c1, text),
        await real.send('/token', {
          method: 'POST',
          headers: {
            authorization: basic('c1', 'x').replace(/ .*/, ` ${Buffer.from(`${text}:${text}`).toString('base64')}`),
          },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }),
        await real.send(`/logout?client_id=${encodeURIComponent(text.replace('\ud800', '�'))}`),
        await real.send('/', {
          headers: { cookie: `signet-session=${encodeURIComponent(text.replace('\ud800', '�'))}` },
        }),
      ]
      for (const [at, answer] of answers.entries()) {
        expect(answer.status, `${JSON.stringify(text)} ${at}`).toBeLessThan(500)
        expect(answer.headers.get('location') ?? '', `${JSON.stringify(text)} ${at}`).not.toContain('code=')
        // Whole words: three letters are somewhere in random text, now and then.
        expect(answer.text, `${JSON.stringify(text)} ${at}`).not.toMatch(
          /\bSQL(ite|state)?\b|SQLITE_|syntax error|prisma|redis\b|"active":true|access_token/i,
        )
      }
    }
    expect((await refresh(real, real.c1, honest.refresh)).status).toBe(200)
    real.check()
  })

  test('H21 the filters and the marker of the audit trail', async () => {
    const real = await aWorld({ stores: 'real' })
    onTestFinished(real.close)
    await signIn(real)
    await real.server.flush()
    const { audit } = real.server.stores
    expect((await audit.list({})).length).toBeGreaterThan(3)
    for (const text of injections) {
      expect(await audit.list({ userId: text })).toEqual([])
      expect(await audit.list({ clientId: text })).toEqual([])
      expect(await listAfter(real, text), text).toBeLessThanOrEqual((await audit.list({})).length)
    }
    expect((await redeem(real, await getCode(real))).status).toBe(200)
    real.check()
  })
})

/** A marker only says where to go on: it can show no more than the whole trail that its reader may read anyway. */
async function listAfter({ server }: World, after: string): Promise<number> {
  return (await server.stores.audit.list({ after })).length
}
