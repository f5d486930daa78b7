import type { End } from '#core/tokens/fact-store.ts'
import { letterOf } from './record.ts'
import { type BucketCall, bucketKeyOf, bucketOf, keyOf } from './redis-table.ts'
import { writingScript } from './scripts.ts'

/** Ends of one script: it runs for well below a millisecond, and nobody waits for it. */
const most = 100

/**
 * What `applyEnd` of core does, for many records of one bucket: KEYS from 3 on, and for each of them its letter, the
 * version of its mark (-1 for an end) and until when it must last.
 */
const applyScript = writingScript(
  'applyEnds',
  `
  for number = 3, #KEYS do
    local from = 4 + (number - 3) * 3
    local type, version, last = ARGV[from], tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
    local state, rest, ends = find(type, KEYS[number])
    last = math.max(last, ends or 0)
    if version < 0 then
      keep(type, 'e', last, '', KEYS[number])
    else
      keep(type, 'm', last, string.format('%x', math.max(version, state and tonumber(rest, 16) or 0)), KEYS[number])
    end
  end
`,
)

/** Makes ends known that are all of one bucket. Doing it twice, or in another order, is doing it once. */
export type ApplyEnds = (bucket: number, ends: readonly End[]) => Promise<void>

/** Applies ends by these calls, a hundred in one round trip. */
export function endsApplier(call: BucketCall, prefix: string): ApplyEnds {
  return async (bucket, ends) => {
    for (let from = 0; from < ends.length; from += most) {
      const some = ends.slice(from, from + most)
      const keys = some.map(({ kind, id }) => keyOf(prefix, kind, id))
      const args = some.flatMap((end) => [letterOf[end.kind], versionOf(end), end.until.getTime()])
      await call(bucket, applyScript, [keys[0] ?? '', bucketKeyOf(prefix, bucket), ...keys], args)
    }
  }
}

/** Ends by the bucket that they belong to; only those of buckets that are wanted. */
export function byBucket<E extends End>(
  ends: readonly E[],
  isWanted: (bucket: number) => boolean,
): ReadonlyMap<number, readonly E[]> {
  const wanted = ends.filter(({ id }) => isWanted(bucketOf(id)))
  return Map.groupBy(wanted, ({ id }) => bucketOf(id))
}

/** Families and sessions end; everything else has a mark. */
function versionOf({ kind, version = 0 }: End): number {
  return kind === 'family' || kind === 'session' ? -1 : version
}
