import { clockShift } from './clock-shift.ts'
import { clusterKill, clusterMove } from './cluster.ts'
import { diskFull } from './disk-full.ts'
import { jwksRotation } from './jwks-rotation.ts'
import { million } from './million.ts'
import { postgresFaults } from './postgres-faults.ts'
import { redisKill, redisKillEverysec, redisKillFlushing } from './redis-kill.ts'
import { redisLost } from './redis-lost.ts'
import { rollingUpgrade } from './rolling-upgrade.ts'
import type { Scenario } from './scenario.ts'
import { sentinel } from './sentinel.ts'
import { sentinelUnwaited } from './sentinel-unwaited.ts'
import { signetKill, signetStop } from './signet-kill.ts'
import { swallowedReplies } from './swallowed-replies.ts'

/** Every scenario, in the order in which a full run goes through them. */
export const scenarios: readonly Scenario[] = [
  redisKill,
  redisKillFlushing,
  redisKillEverysec,
  swallowedReplies,
  redisLost,
  sentinel,
  sentinelUnwaited,
  clusterMove,
  clusterKill,
  signetKill,
  signetStop,
  rollingUpgrade,
  postgresFaults,
  diskFull,
  clockShift,
  jwksRotation,
  million,
]
