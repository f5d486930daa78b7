import type { Scopes } from '#core/oauth/scope.ts'
import type { FoundFamily, TokenFamily } from '#core/tokens/token-family.ts'
import {
  readDate,
  readNumber,
  readText,
  readWord,
  readWords,
  writeDate,
  writeNumber,
  writeText,
  writeWords,
} from '../records/line.ts'
import { readRecord } from './record.ts'

/** Scopes that nearly every family has, by their letters: part of the stored format. */
const letters = new Map([
  ['openid', 'o'],
  ['profile', 'p'],
  ['email', 'e'],
  ['address', 'a'],
  ['phone', 't'],
  ['offline_access', 'f'],
  ['roles', 'r'],
  ['groups', 'g'],
])
const named = new Map([...letters].map(([name, letter]) => [letter, name]))

/** Scopes as the record has them: one letter or one name for each, and `=` before a name that is a letter itself. */
export function writeScopes(scopes: Scopes): string {
  return writeWords([...scopes].map((name) => letters.get(name) ?? (/^=|^.$/.test(name) ? `=${name}` : name)))
}

function readScopes(field: string | undefined): Scopes {
  return new Set(readWords(field).map((word) => named.get(word) ?? word.replace(/^=/, '')))
}

/**
 * A live family after its date, which is its end: what a rotation looks at and changes (generation and date to base 16,
 * the MAC key, who asked and who is excused, the scopes), then what never changes. Its id is in the key; a `sid` that is its session's is
 * not repeated.
 */
export function writeFamily({ family, generation, rotatedAt }: FoundFamily): string {
  const { clientId, userId, sessionId, sid, resource, amr, acr, userinfoClaims, versions } = family
  const head = [generation.toString(16), rotatedAt.getTime().toString(16), writeText(family.macKid), '']
  const ids = [clientId, userId, sessionId, sid === sessionId ? undefined : sid].map(writeText)
  const copied = [versions.user, versions.client, versions.everything].map(writeNumber).join('.')
  const dates = [writeDate(family.createdAt), writeNumber(family.createdAt.getTime() - family.authTime.getTime())]
  const rare = [writeText(resource), writeWords(amr), writeText(acr), writeWords(userinfoClaims)]
  return [...head, writeScopes(family.scopes), ...ids, ...dates, copied, ...rare].join(' ')
}

/** Reads the text of a live family. */
export function readFamily(id: string, text: string): FoundFamily {
  const { ends, rest } = readRecord(text)
  const [generation = '', rotated = '', mac, , scopes, ...body] = rest.split(' ')
  const macKid = readWord(mac)
  const family = { id, expiresAt: ends, macKid, scopes: readScopes(scopes), ...readBody(body) }
  return { family, generation: Number.parseInt(generation, 16), rotatedAt: new Date(Number.parseInt(rotated, 16)) }
}

function readBody(fields: readonly string[]): Omit<TokenFamily, 'id' | 'expiresAt' | 'macKid' | 'scopes'> {
  const [clientId, userId, session, sid, created, sinceSignIn, copied = '', ...rare] = fields
  const [resource, amr, acr, userinfoClaims] = rare
  const [user, client, everything] = copied.split('.')
  const sessionId = readText(session)
  const createdAt = readDate(created)
  return {
    clientId: readWord(clientId),
    userId: readWord(userId),
    sessionId,
    sid: readText(sid) ?? sessionId ?? '',
    createdAt,
    authTime: new Date(createdAt.getTime() - readNumber(sinceSignIn)),
    versions: { user: readNumber(user), client: readNumber(client), everything: readNumber(everything) },
    resource: readText(resource),
    amr: readWords(amr),
    acr: readText(acr),
    userinfoClaims: readWords(userinfoClaims),
  }
}
