import { excusedFor } from '#core/tokens/rotate-family.ts'
import { afterlife } from '../memory/table.ts'
import { readingScript, writingScript } from './scripts.ts'

/** ARGV[4]: the family's end, [5]: the rest. An id that is in use is refused like an ended one. */
export const beginScript = writingScript(
  'beginFamily',
  `
  if find('f') then return 'ended' end
  keep('f', 'l', tonumber(ARGV[4]), ARGV[5])
  return 'begun'
`,
)

/** Where there is one that is not lost, live or ended, that one knows better. ARGV as above. */
export const recoverScript = writingScript(
  'recoverFamily',
  `
  local state, rest, ends, isOlder = find('f')
  if state and (state == 'e' or not isOlder) then return 'known' end
  keep('f', 'l', tonumber(ARGV[4]), ARGV[5])
  return 'recovered'
`,
)

export const findScript = readingScript(
  'findFamily',
  `
  local state, rest, ends, isOlder, text = find('f')
  if not state or (isOlder and state == 'l') then return 'lost' end
  return state == 'l' and text
`,
)

/**
 * What a live record says of its rotation; ARGV: 4 generation, 5 MAC key, 6 from, 7 grace in milliseconds. `mayRepeat` is
 * that of core/tokens. Who asked is in one field with who is excused and until when, which ends with the next rotation:
 * `from`, or `from,excused,until`.
 */
const readRotation = `
  local presented, by, grace = tonumber(ARGV[4]), ARGV[6], tonumber(ARGV[7])
  local generation, rotated, mac, asker, scopes, body =
    string.match(rest, '^(%x+) (%x+) ([^ ]*) ([^ ]*) ([^ ]*) (.*)$')
  generation, rotated = tonumber(generation, 16), tonumber(rotated, 16)
  local from, excused, excusedUntil = string.match(asker, '^([^,]*),?([^,]*),?(%x*)$')
  excusedUntil = tonumber(excusedUntil, 16) or 0

  local function mayRepeat()
    if presented < 1 or presented ~= generation - 1 then return false end
    if now < rotated + grace then return true end
    if excused == by and now < excusedUntil then return true end
    local gone, back = outage()
    return gone and rotated + grace > gone and rotated < back and now < back + grace
  end
`

/**
 * `rotateFamily` of core/tokens, in Lua: the same order, proved the same by the contract suite.
 * ARGV: 4 to 7 as above, 8 idle in milliseconds, 9 wanted scopes.
 */
export const rotateScript = writingScript(
  'rotateFamily',
  `
  local state, rest, ends, isOlder, text = find('f')
  if not state or (isOlder and state == 'l') then return { 'lost' } end
  if state ~= 'l' then return { 'refused' } end
  ${readRotation}
  if mac ~= ARGV[5] then return { 'refused' } end
  if now >= rotated + tonumber(ARGV[8]) then return { 'refused' } end
  for name in string.gmatch(ARGV[9], '[^,]+') do
    if not string.find(',' .. scopes .. ',', ',' .. name .. ',', 1, true) then return { 'wider' } end
  end

  if presented == generation then
    local next = string.format('%x %x', generation + 1, now)
    text = renew('f', 'l', ends, table.concat({ next, mac, by, scopes, body }, ' '))
    return { 'rotated', text, 0 }
  end
  if mayRepeat() then return { 'repeated', text, (from == '' or from == by) and 0 or 1 } end
  keep('f', 'e', ends + ${afterlife * 1000}, '')
  return { 'reused', text, 0 }
`,
)

/** `excuseRepetition` of core/tokens, in Lua. ARGV: 4 to 7 as above. */
export const excuseScript = writingScript(
  'excuseFamily',
  `
  local state, rest, ends, isOlder = find('f')
  if state ~= 'l' or isOlder then return end
  ${readRotation}
  if mac ~= ARGV[5] or not mayRepeat() then return end
  if excused ~= by and now < excusedUntil then return end
  local asked = string.format('%s,%s,%x', from, by, now + ${excusedFor * 1000})
  renew('f', 'l', ends, table.concat({ string.format('%x %x', generation, rotated), mac, asked, scopes, body }, ' '))
`,
)

/** ARGV[4]: until when the mark must last. */
export const revokeScript = writingScript(
  'revokeFamily',
  `
  local state, rest, ends = find('f')
  keep('f', 'e', math.max(tonumber(ARGV[4]), ends or 0), '')
`,
)
