/**
 * What may be wrong with Redis so that it can lose what it acknowledged, by the name that `redis.accept` takes. Named
 * after Redis' own setting where it is one. What each means, and its mend, is in `stores/redis/settings`.
 */
export const redisRisks = [
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'maxmemory-policy',
  'evicted-keys',
  'min-replicas-to-write',
  'min-replicas-max-lag',
  'replicas-unwaited',
  'version',
] as const

export type RedisRisk = (typeof redisRisks)[number]
