import { type RedisRisk, redisRisks } from '#config/redis-risks.ts'
import type { RedisSeen } from './redis-seen.ts'

/** What may be wrong and passes, or what nobody can accept. */
const conditions = ['aof-write-error', 'replicas-missing', 'role', 'loading', 'clock', 'unseen'] as const

/** `unseen`: a setting that the account may not ask for, or that the server hides. */
export type RedisFindingName = RedisRisk | (typeof conditions)[number]

/** Every name there is, for a gauge that has all of them. */
export const redisFindingNames: readonly RedisFindingName[] = [...redisRisks, ...conditions]

/** One thing that is wrong with one server: what it means, and how to mend it. */
export type RedisFinding = {
  readonly name: RedisFindingName
  readonly server: string
  readonly what: string
  readonly mend: string
}

/** Whether it can lose what was acknowledged: then no server starts, unless the operator accepts it by name. */
export function isRisk(finding: RedisFinding): finding is RedisFinding & { readonly name: RedisRisk } {
  return redisRisks.some((risk) => risk === finding.name)
}

type Fault = Pick<RedisFinding, 'what' | 'mend'>
type Row = { readonly name: RedisFindingName; readonly look: (seen: RedisSeen) => Fault | undefined }

/** A setting of Redis that must have one value. */
function mustBe(name: RedisRisk, value: string, why: string): Row {
  const look = ({ settings }: RedisSeen): Fault | undefined => {
    const set = settings.get(name)
    if (set === undefined || set === value) return undefined
    return { what: `${name} is ${set}: ${why}.`, mend: `Set ${name} ${value} in redis.conf, or with CONFIG SET.` }
  }
  return { name, look }
}

const oldest = [6, 2] as const

/** Everything that is looked at, in the order in which it is told. A row per finding, so it may be long. */
export const redisTable: readonly Row[] = [
  mustBe('appendonly', 'yes', 'a restart forgets every session and refresh token'),
  mustBe('appendfsync', 'always', 'a crash forgets the last second, with rotations that were acknowledged'),
  mustBe('no-appendfsync-on-rewrite', 'no', 'while the log is rewritten nothing is synced'),
  mustBe('maxmemory-policy', 'noeviction', 'a full Redis throws sessions and revocations away'),
  {
    name: 'evicted-keys',
    look: ({ evicted }) =>
      evicted > 0
        ? {
            what: `${evicted} keys were thrown away for want of memory since it started.`,
            mend: 'Set maxmemory-policy noeviction, give it memory, and restart it: what was thrown away is lost.',
          }
        : undefined,
  },
  {
    name: 'replicas-unwaited',
    look: ({ replicas, wanted, role }) =>
      role === 'master' && replicas > 0 && wanted === 0
        ? {
            what: `${replicas} replicas follow it and no write waits for them: a fail-over forgets what was acknowledged.`,
            mend: 'Set redis.replicas to 1.',
          }
        : undefined,
  },
  {
    name: 'min-replicas-to-write',
    look: ({ settings, wanted, role }) =>
      role === 'master' && Number(settings.get('min-replicas-to-write') ?? wanted) < wanted
        ? {
            what: `min-replicas-to-write is ${settings.get('min-replicas-to-write')} and redis.replicas ${wanted}: a master that was cut off goes on writing what is never acknowledged.`,
            mend: `Set min-replicas-to-write ${wanted} in redis.conf, or with CONFIG SET.`,
          }
        : undefined,
  },
  {
    name: 'min-replicas-max-lag',
    look: ({ settings, wanted, role }) =>
      role === 'master' && wanted > 0 && Number(settings.get('min-replicas-max-lag') ?? '2') > 2
        ? {
            what: `min-replicas-max-lag is ${settings.get('min-replicas-max-lag')}: a master that was cut off is not noticed sooner.`,
            mend: 'Set min-replicas-max-lag 2 in redis.conf, or with CONFIG SET.',
          }
        : undefined,
  },
  {
    name: 'version',
    look: ({ version }) =>
      version !== undefined && isOlder(version)
        ? {
            what: `it is version ${version.join('.')}; Signet is tested from ${oldest.join('.')} on.`,
            mend: 'Install a newer Redis or Valkey.',
          }
        : undefined,
  },
  {
    name: 'aof-write-error',
    look: ({ aofStatus }) =>
      aofStatus === undefined || aofStatus === 'ok'
        ? undefined
        : {
            what: 'it could not write its append-only file: it refuses writes until it can.',
            mend: 'Look for a full or failing disk; its own log has the error.',
          },
  },
  {
    name: 'replicas-missing',
    look: ({ replicas, wanted, role }) =>
      role === 'master' && replicas < wanted
        ? {
            what: `${replicas} of ${wanted} replicas are in touch: writes are answered 503.`,
            mend: 'Start the replicas, or look at their logs and at the network between them.',
          }
        : undefined,
  },
  {
    name: 'role',
    look: ({ role }) =>
      role === 'master' ? undefined : { what: `it is a ${role}: it takes no writes.`, mend: 'Name the master.' },
  },
  {
    name: 'loading',
    look: ({ isLoading }) =>
      isLoading ? { what: 'it is still loading its memory from disk.', mend: 'Wait until it has.' } : undefined,
  },
  {
    name: 'clock',
    look: ({ ahead }) =>
      ahead !== undefined && Math.abs(ahead) > 5
        ? {
            what: `its clock is ${Math.abs(ahead).toFixed(0)} s ${ahead > 0 ? 'ahead' : 'behind'}.`,
            mend: 'Set the clock of that machine, and keep it right with NTP (chrony, systemd-timesyncd).',
          }
        : undefined,
  },
  {
    name: 'unseen',
    look: ({ unseen }) =>
      unseen.length > 0
        ? {
            what: `cannot see ${unseen.join(', ')}.`,
            mend: 'Allow the account +info and +config|get; where the service hides them, ask whoever runs it.',
          }
        : undefined,
  },
]

function isOlder([major, minor]: readonly [number, number]): boolean {
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1])
}
