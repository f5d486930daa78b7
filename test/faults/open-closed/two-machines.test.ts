import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode } from '#bench/faults/lab/postgres-node.ts'
import { type RedisNode, startRedisNode } from '#bench/faults/lab/redis-node.ts'
import { digest, random } from '#core/oauth/random.ts'
import { aServer, type TestServer } from '#test/support/server.ts'
import { aMachine } from '../../cli/machine.ts'
import { clientToken, signIn, userInfo } from '../../security/support/steps.ts'
import { type Answer, aWorld, type World } from '../../security/support/world.ts'
import { whyNoStage, withoutPassword } from './stage.ts'

const whyNot = whyNoStage()
/** Milliseconds in which every machine knows of a change. */
const soon = { timeout: 1000, interval: 20 }

describe.skipIf(whyNot)(`two machines${whyNot ? ` (${whyNot})` : ''}`, { timeout: 60_000 }, () => {
  let lab: Lab
  let redis: RedisNode
  let postgres: PostgresNode
  let here: World
  let other: TestServer
  beforeAll(async () => {
    lab = openLab()
    ;[redis, postgres] = await Promise.all([startRedisNode(lab), startPostgresNode(lab)])
    const flags = {
      'redis.url': redis.url,
      'database.url': withoutPassword(postgres.url),
      'keys.directory': lab.newFolder('keys'),
    }
    here = await aWorld({ stores: 'real', flags })
    lab.defer(() => here.close())
    const { issuer, clock } = here.server
    other = await aServer({ stores: 'real', flags: { ...flags, issuer }, clock })
    lab.defer(() => other.close())
  })
  afterAll(() => lab?.close())

  /** The same world, whose requests go to the other machine. */
  const there = (): World => ({
    ...here,
    send: (path, init) => {
      const { pathname, search } = new URL(path, here.issuer)
      return here.send(`http://localhost:${other.port}${pathname}${search}`, init)
    },
  })
  const tokenThere = (secret: string, audience = here.rs1) =>
    clientToken(there(), { ...here.c2, secret }, { scope: audience.scope })
  const nameThere = async (access: string) => (await userInfo(there(), access)).json.name
  const withProfile = () => signIn(here, { changes: { scope: 'openid profile' } })
  /** A change that nobody is told of. */
  const rename = (name: string) =>
    postgres.query('UPDATE "User" SET claims = $1, revision = revision + 1 WHERE sub = $2', [{ name }, here.u1.sub])

  test('a secret that was exchanged at one works at the other at once, and the old one no more within a second', async () => {
    const old = here.c2.secret
    expect((await tokenThere(old)).status).toBe(200)
    const { secret = '' } = await here.server.clients.rotateSecret('c2', { overlap: 0 }, 'test')
    const first = await tokenThere(secret)
    expect(first.status, first.text).toBe(200)
    await expect.poll(async () => (await tokenThere(old)).status, soon).toBe(401)
  })

  test('a person, and an API, changed at one are seen at the other within a second', async () => {
    const { access } = await withProfile()
    const { secret = '' } = await here.server.clients.rotateSecret('c2', { overlap: 0 }, 'test')
    const lifetime = async () => (await tokenThere(secret)).json.expires_in
    expect(await nameThere(access)).toBe('Name of u1')
    expect(await lifetime()).toBe(600)
    await here.server.users.update(here.u1.sub, { claims: { name: 'Changed' } }, 'test')
    await expect.poll(() => nameThere(access), soon).toBe('Changed')
    await here.server.apis.update(here.rs1.audience, { lifetime: 120 }, 'test')
    await expect.poll(lifetime, soon).toBe(120)
  })

  test('what the command changes, every server knows within a second', async () => {
    const { access } = await withProfile()
    await nameThere(access)
    const machine = await aMachine({ migrate: false })
    const env = { DATABASE_URL: withoutPassword(postgres.url), REDIS_URL: redis.url, SIGNET_ISSUER: here.issuer }
    const file = join(machine.folder, 'claims.json')
    writeFileSync(file, JSON.stringify({ name: 'By command' }))
    await machine.json(['users', 'update', 'u1', '--claims-file', file], { env }).finally(machine.remove)
    await expect.poll(() => nameThere(access), soon).toBe('By command')
  })

  test('whoever was turned off, and is on again, can sign in and use every machine at once', async () => {
    const { u2 } = here
    const used = async () => {
      const { access } = await signIn(here, { user: u2 })
      return (await userInfo(there(), access)).status
    }
    expect(await used()).toBe(200)
    await here.server.users.disable(u2.sub, 'test')
    await here.server.users.enable(u2.sub, 'test')
    expect(await used()).toBe(200)
  })

  test('a message that was lost is made good within 30 seconds', async () => {
    const { access } = await withProfile()
    const before = await nameThere(access)
    await rename('Lost')
    expect(await nameThere(access)).toBe(before)
    here.server.clock.move(30)
    expect(await nameThere(access)).toBe('Lost')
  })

  test('nor is anybody refused meanwhile who proves themselves by what they were given since', async () => {
    const { secret: old = '' } = await here.server.clients.rotateSecret('c2', { overlap: 0 }, 'test')
    expect((await tokenThere(old)).status).toBe(200)
    const secret = random('sec_')
    const secrets = [{ hash: digest(secret), createdAt: new Date(), expiresAt: null }]
    await postgres.query('UPDATE "Client" SET secrets = $1 WHERE id = $2', [JSON.stringify(secrets), 'c2'])
    expect((await tokenThere(old)).status).toBe(200)
    expect((await tokenThere(secret)).status).toBe(200)
    expect((await tokenThere(old)).status).toBe(401)
  })

  test('where the connection was cut all is forgotten: nobody knows what was missed', async () => {
    const { access } = await withProfile()
    await nameThere(access)
    await rename('Missed')
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await expect.poll(() => nameThere(access), soon).toBe('Missed')
  })

  test('both say the same of every endpoint afterwards', async () => {
    const { access } = await withProfile()
    const answers: readonly Answer[] = [await userInfo(here, access), await userInfo(there(), access)]
    expect(answers.map(({ json }) => json)).toEqual([answers[0]?.json, answers[0]?.json])
    here.check()
  })
})
