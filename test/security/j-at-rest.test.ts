import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpOf } from './support/dump.ts'
import { describeHomes } from './support/homes.ts'
import {
  authorizeUrl,
  basic,
  clientToken,
  cookiesOf,
  getCode,
  introspect,
  parameters,
  pkce,
  postForm,
  redeem,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { type Slot, slotsOf } from './support/token-slots.ts'
import type { World } from './support/world.ts'

describeHomes('at rest', (home) => {
  let world: World
  /** Everything that opens something, or did, by what it is. */
  const secrets = new Map<string, string>()

  /** A whole life: sign-ins of every kind, refreshes, opaque tokens, ends, and a request that is half done. */
  beforeAll(async () => {
    world = await home().move()
    const { c1, c2, rs1, u1 } = world
    const keep = (what: string, text: string | undefined) => text && secrets.set(`${what} ${secrets.size}`, text)
    for (const client of [c1, c2, rs1.client]) keep('client secret', client.secret)
    keep('password', u1.password)
    for (const changes of [{ scope: 'openid' }, { scope: 'openid offline_access', prompt: 'consent' }]) {
      const granted = await getCode(world, { changes })
      keep('code', granted.code)
      keep('verifier', granted.verifier)
      const { access, refresh: token, id } = tokensOf(await redeem(world, granted))
      for (const text of [access, token, id]) keep('token', text)
      for (const text of Object.values(tokensOf(await refresh(world, c1, token)))) keep('token', text)
      for (const cookie of cookiesOf(world, granted.person).split('; ')) keep('cookie', cookie.split('=')[1])
    }
    await world.server.clients.update(c1.id, { accessTokenFormat: 'opaque' }, 'test')
    const opaque = await signIn(world)
    for (const text of [opaque.access, opaque.refresh]) keep('token', text)
    await world.server.clients.update(c1.id, { accessTokenFormat: 'jwt' }, 'test')
    const ended = await signIn(world)
    await revoke(world, c1, ended.refresh)
    await revoke(world, c1, tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access)
    const rotated = await world.server.clients.rotateSecret(c2.id, { overlap: 3600 }, 'test')
    keep('client secret', rotated.secret)
    const { person } = await signIn(world, { user: world.u2 })
    const half = await person.browser.open(authorizeUrl(world, c2))
    keep('form token', half.forms[0]?.fields.get('csrf'))
    await getCode(world)
    await world.server.flush()
  })
  afterAll(() => world.close())

  test('J08 no copy of the stores holds anything that was handed out', async () => {
    const { texts } = await dumpOf(home())
    expect(texts.length).toBeGreaterThan(50)
    const found = [...secrets].flatMap(([what, secret]) => {
      const spellings = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]
      return texts
        .filter(([, text]) => spellings.some((spelling) => text.includes(spelling)))
        .map(([where]) => `${what} in ${where}`)
    })
    expect(found).toEqual([])
  })

  test('J08 nothing that is stored opens anything, at any endpoint', { timeout: 240_000 }, async () => {
    const { values } = await dumpOf(home())
    const tokens = await signIn(world)
    const slots = [...slotsOf(world, tokens).filter(({ name }) => name !== 'code'), ...(await moreSlots(world))]
    const accepted: string[] = []
    const tried = [...values].filter(isWorthATry)
    for (let at = 0; at < tried.length; at += 4) {
      const some = tried.slice(at, at + 4)
      await Promise.all(
        some.flatMap((text) =>
          slots.map(async (slot) => {
            if (await slot.accepts(text)) accepted.push(`${slot.name}: ${text.slice(0, 40)}`)
          }),
        ),
      )
    }
    expect(tried.length).toBeGreaterThan(80)
    expect(accepted).toEqual([])
    world.check()
  })

  test('J08 nor does what a thief could build of it', async () => {
    const { values } = await dumpOf(home())
    const all = [...values]
    const digests = all.filter((text) => /^[\w-]{43}$/.test(text))
    const sessions = all.filter((text) => /^ses_[\w-]{22}$/.test(text))
    const families = all.filter((text) => /^fam_[\w-]{22}$/.test(text))
    const kids = all.filter((text) => /^mac_/.test(text))
    expect([digests, sessions, families, kids].every(({ length }) => length > 0)).toBe(true)
    const { c1 } = world
    for (const digest of digests) {
      for (const session of sessions.slice(0, 2)) {
        const cookie = ['signet-session', '__Host-signet-session'].map((name) => `${name}=${session}.${digest}`)
        const headers = { cookie: cookie.join('; ') }
        const answer = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers })
        expect(answer.location?.searchParams.get('error')).toBe('login_required')
      }
      for (const family of families.slice(0, 2)) {
        for (const generation of [1, 2]) {
          const token = `rt_${kids[0]}.${family}.${generation}.${digest}`
          expect((await refresh(world, c1, token)).json.error).toBe('invalid_grant')
        }
      }
      for (const prefix of ['code_', 'at_', 'sec_']) {
        expect((await introspect(world, c1, prefix + digest)).json.active).toBe(false)
        expect((await userInfo(world, prefix + digest)).status).toBe(401)
      }
    }
  })

  test('J03 the private keys are sealed, and the files are for their owner alone', async () => {
    const { texts } = await dumpOf(home())
    for (const [where, text] of texts) {
      expect(text, where).not.toMatch(/"(d|p|q|dp|dq|qi|k)"\s*:\s*"/)
      expect(text, where).not.toMatch(/PRIVATE KEY/)
    }
    for (const [file] of texts.filter(([where]) => /keys\//.test(where))) {
      expect(statSync(file).mode & 0o077, file).toBe(0)
    }
    const folders = readdirSync(home().folder)
    expect(folders).toContain('keys')
    for (const folder of folders) expect(statSync(join(home().folder, folder)).mode & 0o077, folder).toBe(0)
  })
})

/** What could be sent, and is no date, number or id of the trail: everything that is shown as a proof here is longer. */
function isWorthATry(text: string): boolean {
  const isPlain = /^[\d.:TZ+ -]+$/.test(text) || /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)
  return /^[\x21-\x7e]{16,400}$/.test(text) && !isPlain
}

async function moreSlots(world: World): Promise<readonly Slot[]> {
  const granted = await getCode(world)
  const { c1, c2, p1, u1 } = world
  const isGranted = async (answer: ReturnType<typeof redeem>) => (await answer).status === 200
  return [
    { name: 'code of c1', accepts: (code) => isGranted(redeem(world, granted, { changes: { code } })) },
    {
      name: 'code of p1',
      accepts: (code) => isGranted(redeem(world, { ...granted, client: p1 }, { changes: { code } })),
    },
    { name: 'refresh by c2', accepts: (token) => isGranted(refresh(world, c2, token)) },
    { name: 'refresh by p1', accepts: (token) => isGranted(refresh(world, p1, token)) },
    {
      name: 'verifier',
      accepts: (code_verifier) => isGranted(redeem(world, granted, { changes: { code_verifier } })),
    },
    {
      name: 'Basic header',
      async accepts(text) {
        const answer = await world.send('/revoke', {
          method: 'POST',
          headers: { authorization: basic(c1.id, text) },
          body: parameters({ token: 'x' }),
        })
        return answer.status === 200
      },
    },
    {
      name: 'ready-made Basic header',
      async accepts(text) {
        const authorization = `Basic ${text}`
        return (
          (
            await world.send('/revoke', {
              method: 'POST',
              headers: { authorization },
              body: parameters({ token: 'x' }),
            })
          ).status === 200
        )
      },
    },
    {
      name: 'password',
      async accepts(password) {
        return (
          (await postForm(world, '/token', { grant_type: 'password', username: u1.username, password }, c1)).status ===
          200
        )
      },
    },
    {
      name: 'page of a request',
      async accepts(id) {
        const answer = await world.send(`/consent?${parameters({ id })}`)
        return answer.status === 200 || (answer.location?.searchParams.has('code') ?? false)
      },
    },
    {
      name: 'browser cookie',
      async accepts(text) {
        const headers = { cookie: `signet-browser=${text}; signet-device=${text}; signet-session=${text}` }
        const url = authorizeUrl(world, c1, { prompt: 'none', code_challenge: pkce().challenge })
        return (await world.send(url, { headers })).location?.searchParams.has('code') ?? false
      },
    },
  ]
}
