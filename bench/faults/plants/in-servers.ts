import type { Plant } from './plant.ts'

/** Bugs in how Redis is reached when it has replicas, or is a cluster. */
export const plantsInServers: readonly Plant[] = [
  {
    name: 'wait-left-out',
    bug: 'a write is acknowledged before any replica has it',
    caughtBy: 'delivered-works',
    scenario: 'sentinel',
    edits: [
      {
        file: 'apps/idp/stores/redis/servers/group-commit.ts',
        find: 'if (have >= replicas) {',
        replace: 'if (have >= 0) {',
      },
    ],
  },
  {
    name: 'replaced-primary-believed',
    bug: 'a primary that was replaced is asked, and what it does not know is taken for unknown',
    caughtBy: 'blameless-clients',
    scenario: 'sentinel',
    edits: [
      {
        file: 'apps/idp/stores/redis/servers/redis-node.ts',
        find: 'if (replicas > 0) await believe(',
        replace: 'if (replicas < 0) await believe(',
      },
    ],
  },
  {
    name: 'moving-slot-not-waited-for',
    bug: 'a script whose slot is on its way to another server is given up',
    caughtBy: 'as-described',
    scenario: 'cluster-move',
    edits: [
      {
        file: 'apps/idp/stores/redis/servers/cluster-servers.ts',
        find: `error.says('MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'LOADING')`,
        replace: `error.says('MOVED', 'CLUSTERDOWN', 'LOADING')`,
      },
    ],
  },
]
