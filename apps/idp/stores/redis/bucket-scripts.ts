import { oneOutage, script, writingScript } from './scripts.ts'

/** Milliseconds that a bucket outlives its last beat that was not the day's first, or so: beats renew it once a day. */
const bucketLife = 100 * 24 * 60 * 60 * 1000

/**
 * A sign of life, where the last one is a second old or ARGV[4] insists. It is no write that anybody could miss. ARGV[5]:
 * for how many milliseconds until now whoever asks had no answer from some bucket (0 for none): that is an outage of this
 * one too.
 */
export const beatScript = writingScript(
  'beat',
  `
  local silent = tonumber(ARGV[5])
  if clock - seen >= 1000 or ARGV[4] == '1' or silent > 0 then touch(0) end
  if silent > 0 then
    local gone, back = outage()
    local isOne = gone and now - silent < back + ${oneOutage}
    redis.call('HSET', KEYS[2], 'g', isOne and math.min(gone, now - silent) or now - silent, 'b', now)
  end
  if redis.call('PTTL', KEYS[2]) < ${bucketLife * 0.99} then redis.call('PEXPIRE', KEYS[2], ${bucketLife}) end
`,
)

/** What a bucket is, whatever is expected of it: epoch, writes, installation, as texts. */
export const probeScript = script(
  'probe',
  `
  local bucket = redis.call('HMGET', KEYS[1], 'e', 'w', 'i')
  return { bucket[1] or '0', bucket[2] or '0', bucket[3] or '' }
`,
  false,
)

/**
 * Shuts a bucket: only who rebuilds it under this epoch may use it. ARGV: 1 the epoch, 2 the installation. Never goes
 * back, and never takes another installation's. 1 where it is shut now.
 */
export const fenceScript = script(
  'fence',
  `
  local bucket = redis.call('HMGET', KEYS[1], 'e', 'i')
  if bucket[2] and bucket[2] ~= ARGV[2] then return 0 end
  if bucket[1] and math.abs(tonumber(bucket[1])) >= tonumber(ARGV[1]) then return 0 end
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'e', -tonumber(ARGV[1]), 'i', ARGV[2])
  redis.call('HSETNX', KEYS[1], 'w', 0)
  redis.call('HSETNX', KEYS[1], 't', tonumber(time[1]) * 1000)
  redis.call('PEXPIRE', KEYS[1], ${bucketLife})
  return 1
`,
  true,
)

/** Shuts a bucket that has lost writes for everybody, until it is rebuilt. ARGV: 1 the epoch in which it has. */
export const condemnScript = script(
  'condemn',
  `
  if tonumber(redis.call('HGET', KEYS[1], 'e')) ~= tonumber(ARGV[1]) then return 0 end
  redis.call('HSET', KEYS[1], 'e', -(tonumber(ARGV[1]) + 1))
  return 1
`,
  true,
)

/** The identity of the server on which this bucket was brought up to date, or nothing. */
export const readMarkScript = script('read-mark', `return redis.call('HGET', KEYS[1], 'r') or ''`, false)

/** Sets it to ARGV[1]. */
export const markScript = script(
  'mark',
  `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'r', ARGV[1]) end`,
  true,
)

/**
 * Opens a bucket that was rebuilt. ARGV: 1 the clock's offset, 2 the epoch under which it is shut, 3 the writes that it
 * has taken at least, 4 those that SQL remembers, 5 when it was last seen alive: its latest outage is from then until now, but where
 * nothing was ever written. 6 is the identity of the server that it was rebuilt on. Answers the writes, or nothing.
 */
export const openScript = script(
  'open',
  `
  local bucket = redis.call('HMGET', KEYS[1], 'e', 'w', 'g', 'b')
  local epoch, writes, gone, back = tonumber(bucket[1]), tonumber(bucket[2]), tonumber(bucket[3]), tonumber(bucket[4])
  if epoch ~= -tonumber(ARGV[2]) or writes < tonumber(ARGV[3]) then return false end
  local time = redis.call('TIME')
  local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local now = clock + tonumber(ARGV[1])
  local seen = math.min(tonumber(ARGV[5]), now)
  if gone and seen < back + ${oneOutage} then seen = math.min(gone, seen) end
  writes = math.max(writes, tonumber(ARGV[4]))
  redis.call('HSET', KEYS[1], 'e', ARGV[2], 'w', writes + 1, 't', clock, 'r', ARGV[6])
  if writes > 0 then redis.call('HSET', KEYS[1], 'g', seen, 'b', now) end
  return writes + 1
`,
  true,
)
