import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode } from '#bench/faults/lab/postgres-node.ts'
import { startRedisNode } from '#bench/faults/lab/redis-node.ts'
import { until } from '#bench/faults/lab/until.ts'
import { checkPostgres } from '#cli/doctor-postgres.ts'
import { loadConfig } from '#config/load.ts'
import { refresh, revoke, signIn } from '../security/support/steps.ts'
import { aWorld, type World } from '../security/support/world.ts'
import { endpoints, isOpen } from './open-closed/endpoints.ts'
import { type Prepared, prepare } from './open-closed/prepare.ts'
import { whyNoStage } from './open-closed/stage.ts'

const whyNot = whyNoStage()
/** Milliseconds after which everything works again by itself. */
const healed = { timeout: 5000, interval: 20 }
/** What of the stores is left while no server of the database can be written to. */
const away = { name: 'no primary', redis: 'all', sql: 'nothing', begin: async () => {}, end: async () => {} } as const

describe.skipIf(whyNot)(`a hot standby${whyNot ? ` (${whyNot})` : ''}`, { timeout: 30_000 }, () => {
  let lab: Lab
  let primary: PostgresNode
  let standby: PostgresNode
  let world: World
  let prepared: Prepared
  beforeAll(async () => {
    lab = openLab()
    const redis = startRedisNode(lab)
    primary = await startPostgresNode(lab)
    standby = await follow(primary)
    const hosts = [primary, standby].map(({ url }) => new URL(url).host).join(',')
    const flags = {
      'redis.url': (await redis).url,
      'database.url': `postgresql://signet@${hosts}/signet`,
      'listen.answerWithin': '2s',
    }
    world = await aWorld({ stores: 'real', flags })
    lab.defer(() => world.close())
    prepared = await prepare(world)
    const { revoked } = prepared
    expect((await revoke(world, revoked.client, revoked.refresh)).status).toBe(200)
  })
  afterAll(() => lab?.close())

  /** A standby that has all that its primary acknowledges. */
  async function follow(node: PostgresNode): Promise<PostgresNode> {
    const follower = await startPostgresNode(lab, { follows: node.url })
    await node.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
    await node.query('SELECT pg_reload_conf()')
    const synced = `SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`
    await until(async () => (await node.query(synced)).length === 1, { within: 10_000, what: 'the standby' })
    return follower
  }

  const roleOf = (node: PostgresNode) => node.query('SELECT pg_is_in_recovery() AS follows')

  test('the primary dies: until another one is there everything that needs it is a 503', async () => {
    await primary.kill()
    expect(await roleOf(standby)).toEqual([{ follows: true }])
    const asked = await Promise.all(endpoints.map(async (one) => ({ one, answer: await one.ask(world, prepared) })))
    for (const { one, answer } of asked) {
      if (isOpen(one, away)) one.works(answer)
      else expect([one.name, answer.status]).toEqual([one.name, 503])
    }
    world.check([503])
  })

  test('the standby is promoted: it is used within five seconds, and nothing that was ended is back', async () => {
    await standby.query('SELECT pg_promote()')
    await expect.poll(() => signIn(world).catch(() => undefined), healed).toBeTruthy()
    expect(await roleOf(standby)).toEqual([{ follows: false }])
    const { revoked, stale } = prepared
    for (const { client, refresh: token } of [revoked, stale])
      expect((await refresh(world, client, token)).json).toMatchObject({ error: 'invalid_grant' })
    world.check([503])
  })

  test('the one from before comes back as a second primary: it is not used, and the doctor tells', async () => {
    await primary.start()
    await primary.query('ALTER SYSTEM RESET synchronous_standby_names')
    await primary.query('SELECT pg_reload_conf()')
    const known = await familiesOf(primary)
    const flags = { issuer: 'http://localhost:3000', 'database.url': world.server.config.database.url }
    const findings = await checkPostgres(loadConfig({ mode: 'cli', env: {}, flags }))
    expect(findings.filter(({ level }) => level === 'error').map(({ what }) => what)).toEqual([
      expect.stringMatching(/^PostgreSQL can be written to at 127.0.0.1:\d+ and 127.0.0.1:\d+: /),
    ])
    await standby.stop()
    for (let times = 0; times < 3; times++) await expect(signIn(world)).rejects.toThrow('503')
    await standby.start()
    await expect.poll(() => signIn(world).catch(() => undefined), healed).toBeTruthy()
    expect(await familiesOf(primary)).toEqual(known)
    world.check([503])
  })

  const familiesOf = (node: PostgresNode) => node.query('SELECT count(*) FROM "FamilyFact"')
})
