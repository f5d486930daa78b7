import { expect } from 'vitest'
import { until } from '#bench/faults/lab/until.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { Stage } from './stage.ts'

/** What is left of a store: everything, what can be read, or nothing. */
export type Left = 'all' | 'reads' | 'nothing'

/** Something that goes wrong on the stage, and what of each store is left then. */
export type Fault = {
  readonly name: string
  readonly redis: Left
  readonly sql: Left
  begin(stage: Stage): Promise<unknown>
  end(stage: Stage): Promise<unknown>
}

const killed = {
  redis: { begin: ({ redis }: Stage) => redis.kill(), end: ({ redis }: Stage) => redis.start() },
  sql: { begin: ({ postgres }: Stage) => postgres.kill(), end: ({ postgres }: Stage) => postgres.start() },
}

const frozen = {
  redis: {
    begin: async ({ redis }: Stage) => redis.signal('SIGSTOP'),
    end: async ({ redis }: Stage) => redis.signal('SIGCONT'),
  },
  sql: {
    begin: async ({ postgres }: Stage) => postgres.freeze(true),
    end: async ({ postgres }: Stage) => postgres.freeze(false),
  },
}

const wantReplicas = (count: number) => (stage: Stage) =>
  stage.redis.command('CONFIG', 'SET', 'min-replicas-to-write', count)

/** Every column of the table, and both stores at once. */
export const faults: readonly Fault[] = [
  { name: 'Redis is killed', redis: 'nothing', sql: 'all', ...killed.redis },
  { name: 'Redis is frozen', redis: 'nothing', sql: 'all', ...frozen.redis },
  { name: 'Redis only reads', redis: 'reads', sql: 'all', begin: wantReplicas(1), end: wantReplicas(0) },
  { name: 'SQL is killed', redis: 'all', sql: 'nothing', ...killed.sql },
  { name: 'SQL is frozen', redis: 'all', sql: 'nothing', ...frozen.sql },
  {
    // A server that only reads has been replaced, or soon will be: it is not believed.
    name: 'SQL only reads',
    redis: 'all',
    sql: 'nothing',
    async begin({ postgres, world }) {
      await postgres.readOnly(true)
      await expect(world.server.stores.users.end('nobody')).rejects.toThrow(Unavailable)
    },
    end: ({ postgres }) => postgres.readOnly(false),
  },
  {
    name: 'both are killed',
    redis: 'nothing',
    sql: 'nothing',
    begin: (stage) => Promise.all([killed.redis.begin(stage), killed.sql.begin(stage)]),
    end: (stage) => Promise.all([killed.redis.end(stage), killed.sql.end(stage)]),
  },
  {
    name: 'both are frozen',
    redis: 'nothing',
    sql: 'nothing',
    async begin(stage) {
      await Promise.all([frozen.redis.begin(stage), frozen.sql.begin(stage)])
      const { servers } = stage.world.server.stores
      await until(() => !servers?.isListening(), { within: 5000, what: 'the silence of Redis' })
    },
    end: (stage) => Promise.all([frozen.redis.end(stage), frozen.sql.end(stage)]),
  },
]
