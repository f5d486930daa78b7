import type { Plant } from './plant.ts'

const families = 'apps/idp/stores/redis/family-scripts.ts'
const scripts = 'apps/idp/stores/redis/scripts.ts'

/** Bugs in what the stores decide and remember. */
export const plantsInStores: readonly Plant[] = [
  {
    name: 'grace-never-ends',
    bug: 'the token before the live one works for ever',
    caughtBy: 'consumed-tokens',
    scenario: 'swallowed-replies',
    edits: [
      {
        file: families,
        find: 'if now < rotated + grace then return true end',
        replace: 'if true then return true end',
      },
    ],
  },
  {
    name: 'rotation-without-compare',
    bug: 'every generation rotates, whichever is live',
    caughtBy: 'one-generation',
    scenario: 'swallowed-replies',
    edits: [{ file: families, find: 'if presented == generation then', replace: 'if presented >= 1 then' }],
  },
  {
    name: 'outage-counts-towards-grace',
    bug: 'an honest app that could not ask during an outage is taken for a thief',
    caughtBy: 'blameless-clients',
    scenario: 'swallowed-replies',
    edits: [
      {
        file: families,
        find: 'return gone and rotated + grace > gone and rotated < back and now < back + grace',
        replace: 'return false',
      },
    ],
  },
  {
    name: 'code-claim-keeps-nothing',
    bug: 'two claims of one code both succeed',
    caughtBy: 'one-use',
    scenario: 'signet-kill',
    edits: [
      {
        file: 'apps/idp/stores/redis/code-store.ts',
        find: `keep('c', 's', tonumber(tombstone, 16), remains)`,
        replace: '',
      },
    ],
  },
  {
    name: 'revoke-not-applied',
    bug: 'a revocation is answered before the fast store knows it',
    caughtBy: 'ended-stays-ended',
    scenario: 'redis-kill',
    edits: [{ file: 'apps/idp/core/tokens/end.ts', find: 'await applyEnd(fact, parts)', replace: '' }],
  },
  {
    name: 'revoke-not-kept',
    bug: 'a revocation is answered and never written to SQL',
    caughtBy: 'nothing-lost',
    scenario: 'redis-kill',
    edits: [{ file: 'apps/idp/core/tokens/end.ts', find: 'await facts.put(fact)', replace: '' }],
  },
  {
    name: 'epoch-unchecked',
    bug: 'scripts run whatever epoch the bucket has, and whatever it has forgotten',
    caughtBy: 'one-generation',
    scenario: 'redis-lost',
    edits: [
      {
        file: scripts,
        find: 'if not isWhole or epoch ~= tonumber(ARGV[2]) or writes < tonumber(ARGV[3]) then',
        replace: 'epoch, writes, seen = epoch or 1, writes or 0, seen or clock\nif false then',
      },
    ],
  },
  {
    name: 'writes-uncounted',
    bug: 'a memory that has gone back in time is not noticed',
    caughtBy: 'one-generation',
    scenario: 'redis-lost',
    edits: [
      { file: scripts, find: ' or writes < tonumber(ARGV[3]) then', replace: ' then' },
      {
        file: 'apps/idp/stores/redis/epochs.ts',
        find: 'found.writes >= fact.writes',
        replace: 'true',
      },
    ],
  },
  {
    name: 'rebuild-skips-ends',
    bug: 'a bucket is opened again before what SQL knows as ended is applied',
    caughtBy: 'ended-stays-ended',
    scenario: 'redis-lost',
    edits: [
      {
        file: 'apps/idp/stores/redis/rebuild.ts',
        find: 'const ends = await applyEnds(parts, held)',
        replace: 'const ends = held.size * 0 * applyEnds.length',
      },
    ],
  },
  {
    name: 'recovery-ignores-floor',
    bug: 'a family comes back at whatever generation is shown',
    caughtBy: 'one-generation',
    scenario: 'redis-lost',
    edits: [
      {
        file: 'apps/idp/core/tokens/recover-family.ts',
        find: 'generation: Math.max(shown, floor), rotatedAt }',
        replace: 'generation: floor > 0 ? shown : floor, rotatedAt }',
      },
    ],
  },
  {
    name: 'lost-is-refused',
    bug: 'what the fast store has lost is refused instead of being looked up in SQL',
    caughtBy: 'delivered-works',
    scenario: 'redis-lost',
    edits: [
      {
        file: 'apps/idp/core/tokens/recover-family.ts',
        find: 'if (!found) return false',
        replace: 'if (!found || found) return false',
      },
    ],
  },
]
