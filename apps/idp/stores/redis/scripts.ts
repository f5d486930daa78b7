import { hash } from 'node:crypto'
import type { Script } from './servers/redis-servers.ts'

/**
 * Milliseconds that a key outlives its record's own date, so that only the date decides: a server of ours whose clock is
 * behind Redis', a replica that takes over with another clock, or a Redis whose clock jumps ten minutes ahead until the
 * time is agreed again, still finds what it must see.
 */
export const keyMargin = 20 * 60 * 1000

/** Milliseconds without a sign of life after which a bucket was away. */
export const awayAfter = 5000

/** Milliseconds between two outages that are less than that apart, and so are one. */
export const oneOutage = 5 * 60 * 1000

/**
 * What every script begins with. KEYS: the record, its bucket. ARGV: 1 the clock's offset (0 in production; tests move
 * time with it), 2 the epoch that the bucket must have, 3 the writes that it must have taken at least. A bucket that is
 * not so has lost its memory: then the script refuses before it has looked at anything. `clock` is Redis' own time,
 * `now` has the offset; the signs of life and the outages of a bucket are in Redis' own.
 */
const prelude = `
local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local offset = tonumber(ARGV[1])
local now = clock + offset
local bucket = redis.call('HMGET', KEYS[2], 'e', 'w', 't')
local epoch, writes, seen = tonumber(bucket[1]), tonumber(bucket[2]), tonumber(bucket[3])
local isWhole = epoch and writes and seen
if not isWhole or epoch ~= tonumber(ARGV[2]) or writes < tonumber(ARGV[3]) then
  return redis.error_reply('LOST ' .. (epoch or 0) .. ' ' .. (writes or 0))
end
`

/** Each type of record with its states: what a newer Signet may have added is not known here, and never guessed. */
const known = 'ac cn cs em fe fl jm km re ro se sl tm um'

/**
 * `find` sees a record only while its stored date has not come. It answers its state (a letter), what stands after its
 * date, that date, whether it was written under another epoch, and its whole text. A record of another type than the
 * key says, or in an unknown state, is a failure: something wrote where it must not. The key is KEYS[1] unless told, here
 * and in `keep`.
 */
const finding = `
local function find(type, key)
  local text = redis.call('GET', key or KEYS[1])
  if not text then return nil end
  local kind, state, born, ends, rest = string.match(text, '^(%a)(%a)(%x+) (%x+) (.*)$')
  if kind ~= type then error('a record of another type') end
  if not string.find('${known}', kind .. state, 1, true) then error('a record in an unknown state') end
  ends = tonumber(ends, 16)
  if now >= ends then return nil end
  return state, rest, ends, tonumber(born, 16) ~= math.abs(epoch), text
end
`

/** The latest outage of the bucket, from its last sign of life to its return; one that ends now included. */
const outages = `
local function outage()
  local known = redis.call('HMGET', KEYS[2], 'g', 'b')
  local gone, back = tonumber(known[1]), tonumber(known[2])
  if clock - seen < ${awayAfter} then return gone, back end
  if gone and seen + offset < back + ${oneOutage} then return gone, now end
  return seen + offset, now
end
`

/**
 * `touch` is the sign of life of whatever writes, counted or not. `keep` stores a record under its date, as of the
 * bucket's epoch, and answers its text; `renew` does so where the date stays, and so does the key's expiry: that spares
 * Redis its second table of keys. `drop` deletes the record.
 */
const keeping = `
local touched = false
local function touch(counted)
  if touched then return end
  touched, writes = true, writes + counted
  if clock - seen < ${awayAfter} then
    redis.call('HSET', KEYS[2], 'w', writes, 't', clock)
  else
    local gone, back = outage()
    redis.call('HSET', KEYS[2], 'w', writes, 't', clock, 'g', gone, 'b', back)
  end
end

local function keep(type, state, ends, rest, key)
  touch(1)
  local text = type .. state .. string.format('%x %x ', math.abs(epoch), ends) .. rest
  redis.call('SET', key or KEYS[1], text, 'PXAT', string.format('%.0f', math.ceil(ends - offset + ${keyMargin})))
  return text
end

local function renew(type, state, ends, rest)
  touch(1)
  local text = type .. state .. string.format('%x %x ', math.abs(epoch), ends) .. rest
  redis.call('SET', KEYS[1], text, 'KEEPTTL')
  return text
end

local function drop()
  touch(1)
  redis.call('DEL', KEYS[1])
end
`

/** A write that nobody reads: the replicas' word for it shows that the server is still the primary. */
const proofScript = script(
  'proof',
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'p', 1)
return 1
`,
  true,
)

/** A verb that changes nothing. Its text has `find`, `now` and ARGV from 4 on; the reply is the writes, the time, its answer. */
export function readingScript(name: string, lua: string): Script {
  return { ...script(name, prelude + finding + answering(lua), false), proof: proofScript }
}

/** A verb that may change something: `keep`, `renew`, `drop`, `touch` and `outage` besides. */
export function writingScript(name: string, lua: string): Script {
  return { ...script(name, prelude + finding + outages + keeping + answering(lua), true), proof: proofScript }
}

/** A script as it is, without any of the above. */
export function script(name: string, lua: string, writes: boolean): Script {
  return { name, lua, digest: hash('sha1', lua), writes }
}

function answering(lua: string): string {
  return `local function verb()\n${lua}\nend\nlocal answer = verb()\nreturn { writes, now, answer }\n`
}
