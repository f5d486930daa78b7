/**
 * Milliseconds that a key outlives its record's own date, so that only the date decides: a server of ours whose clock is
 * behind Redis', or a replica that takes over with another clock, still finds what it must see.
 */
export const keyMargin = 5 * 60 * 1000

/**
 * What every script begins with. `find` sees a record only while its stored date has not come, by the clock of Redis
 * plus an offset (0 in production; tests move time with it). `keep` stores a record under its date. Whoever reads a
 * record of another type than the key says fails: something wrote where it must not. Needs Redis 6.2 (`PXAT`).
 */
export const prelude = `
local time = redis.call('TIME')
local offset = tonumber(ARGV[1])
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + offset

local function find(type)
  local text = redis.call('GET', KEYS[1])
  if not text then return nil end
  local newline = string.find(text, '\\n', 1, true)
  local head = cjson.decode(string.sub(text, 1, newline - 1))
  if head.type ~= type then error('a record of another type') end
  if now >= head.ends then return nil end
  return head, string.sub(text, newline + 1)
end

local function asText(head, body)
  return cjson.encode(head) .. '\\n' .. body
end

local function keep(head, body)
  local expiry = string.format('%.0f', math.ceil(head.ends - offset + ${keyMargin}))
  redis.call('SET', KEYS[1], asText(head, body), 'PXAT', expiry)
end

local function endsOf(head)
  return head and head.ends or 0
end
`

/** ARGV[2]: the type. The record as text. */
export const findScript = `
local head, body = find(ARGV[2])
if not head then return false end
return asText(head, body)
`
