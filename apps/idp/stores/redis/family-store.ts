import { formatScope, parseScope } from '#core/oauth/scope.ts'
import type { FamilyStore, FoundFamily, Rotation, TokenFamily } from '#core/tokens/token-family.ts'
import { afterlife } from '../memory/table.ts'
import { familyLayout } from '../records/layouts.ts'
import { readRecord, type StoredRecord, writeRecord } from './record.ts'
import type { RedisTable } from './redis-table.ts'

/** ARGV[2]: the record. An id that is in use is refused like an ended one. */
const beginScript = `
if find('family') then return 'ended' end
local newline = string.find(ARGV[2], '\\n', 1, true)
keep(cjson.decode(string.sub(ARGV[2], 1, newline - 1)), string.sub(ARGV[2], newline + 1))
return 'begun'
`

/**
 * `rotateFamily` of core/tokens, in Lua: the same order, proved the same by the contract suite.
 * ARGV: 2 generation, 3 MAC key, 4 from, 5 wanted scopes, 6 idle, 7 grace (both in milliseconds).
 */
const rotateScript = `
local presented, mac, from, wanted = tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local idle, grace = tonumber(ARGV[6]), tonumber(ARGV[7])

local head, body = find('family')
if not head or head.state ~= 'live' then return { 'refused', '', 0 } end
if mac ~= head.mac then return { 'refused', '', 0 } end
if now >= head.rotated + idle then return { 'refused', '', 0 } end
for name in string.gmatch(wanted, '%S+') do
  if not string.find(' ' .. head.scope .. ' ', ' ' .. name .. ' ', 1, true) then return { 'wider', '', 0 } end
end

if presented == head.generation then
  head.generation, head.rotated, head.from = presented + 1, now, from
  keep(head, body)
  return { 'rotated', asText(head, body), 0 }
end
if presented >= 1 and presented == head.generation - 1 and now < head.rotated + grace then
  return { 'repeated', asText(head, body), from == head.from and 0 or 1 }
end
keep({ type = 'family', epoch = head.epoch, ends = head.ends + ${afterlife * 1000}, state = 'ended' }, 'null')
return { 'reused', asText(head, body), 0 }
`

/** ARGV[2]: until when the mark must last. */
const revokeScript = `
local ends = math.max(tonumber(ARGV[2]), endsOf(find('family')))
keep({ type = 'family', epoch = 0, ends = ends, state = 'ended' }, 'null')
`

/** The record is empty where it is not the answer's business. */
type Reply = readonly [outcome: Rotation['outcome'], text: string, elsewhere: number]

/** Token families in Redis. */
export function familyStore(table: RedisTable): FamilyStore {
  const begin = table.script('signetBeginFamily', beginScript)
  const rotate = table.script('signetRotateFamily', rotateScript)
  const revoke = table.script('signetRevokeFamily', revokeScript)
  return {
    begin: async (family) => ((await begin('family', family.id, writeFamily(family))) === 'begun' ? 'begun' : 'ended'),
    find: async (id) => {
      const record = await table.find('family', id)
      return record?.head.state === 'live' ? readFamily(record) : undefined
    },
    rotate: async ({ familyId, generation, macKid, from }, wanted, { idle, grace }) => {
      const asked = [generation, macKid, from, formatScope(wanted ?? new Set()), idle * 1000, grace * 1000]
      return readRotation((await rotate('family', familyId, ...asked)) as Reply)
    },
    revoke: async (id, until) => void (await revoke('family', id, until.getTime())),
  }
}

/** Scopes and the MAC key stand in the head alone, where the script compares them. */
function writeFamily(family: TokenFamily): string {
  const dates = { ends: family.expiresAt.getTime(), rotated: family.createdAt.getTime() }
  const head = { type: 'family', state: 'live', generation: 1, from: '', mac: family.macKid } as const
  const body = familyLayout.write({ ...family, scopes: new Set(), macKid: '' })
  return writeRecord({ ...head, scope: formatScope(family.scopes), ...dates }, body)
}

function readFamily({ head, body }: StoredRecord): FoundFamily {
  const scopes = parseScope(String(head.scope)) ?? new Set()
  const family = { ...familyLayout.read(body), scopes, macKid: String(head.mac) }
  return { family, generation: Number(head.generation), rotatedAt: new Date(Number(head.rotated)) }
}

function readRotation([outcome, text, elsewhere]: Reply): Rotation {
  if (outcome === 'refused' || outcome === 'wider') return { outcome }
  const { family, generation } = readFamily(readRecord(text))
  if (outcome === 'reused') return { outcome, family }
  if (outcome === 'rotated') return { outcome, family, generation }
  return { outcome, family, generation, elsewhere: elsewhere === 1 }
}
