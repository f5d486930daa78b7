import type { End, FamilyFact, RecordedEnd, SessionFact } from '#core/tokens/fact-store.ts'
import type { RevocationReason } from '#core/tokens/token-family.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { storable } from '../storable.ts'
import { readTexts, readWord } from './read-value.ts'

/** The version of ends that have none: part of the key, where there can be no null. */
const noVersion = -1
const longestAgent = 1024

// Each word of the closed lists, written so that the compiler misses the one that is forgotten.
const reasons: readonly RevocationReason[] = wordsOf<RevocationReason>({
  code_replayed: true,
  refresh_token_reused: true,
  revoked_by_client: true,
  revoked_by_operator: true,
  signed_out: true,
  signed_in_as_another: true,
  consent_withdrawn: true,
  password_changed: true,
  user_disabled: true,
  client_disabled: true,
  deleted: true,
})
const kinds = wordsOf<End['kind']>({
  token: true,
  family: true,
  session: true,
  user: true,
  client: true,
  everything: true,
})

function wordsOf<Word extends string>(words: { readonly [word in Word]: true }): readonly Word[] {
  return Object.keys(words).filter((word): word is Word => Object.hasOwn(words, word))
}

/** What names an end: no two have the same. */
export function endKey({ kind, id, version }: Pick<End, 'kind' | 'id' | 'version'>): {
  readonly kind: string
  readonly id: string
  readonly version: number
} {
  return { kind, id, version: version ?? noVersion }
}

/** An end as a row that is not applied yet. */
export function writeEnd(end: End): Prisma.EndCreateInput {
  return { ...endKey(end), reason: end.reason, at: end.at, until: end.until }
}

/** A row as an end; throws `UnreadableRow` where it is none that this version knows, as all readers here do. */
export function readEnd(row: Prisma.EndGetPayload<object>): RecordedEnd {
  const what = `the end of ${row.kind} ${row.id}`
  return {
    ...row,
    kind: readWord(row.kind, kinds, what),
    version: row.version === noVersion ? undefined : row.version,
    reason: readWord(row.reason, reasons, what),
    appliedAt: row.appliedAt ?? undefined,
  }
}

/**
 * The birth of a session as a row; what its browser says of itself is cut to a length that can be kept. Names each
 * field: a caller may hand over a whole session, which has more of them than the fact.
 */
export function writeSession(fact: SessionFact): Prisma.SessionFactCreateManyInput {
  const { id, userId, authTime, createdAt, expiresAt, lastUsedAt, userVersion, everythingVersion } = fact
  return {
    ...{ id, userId, authTime, createdAt, expiresAt, lastUsedAt, userVersion, everythingVersion },
    amr: [...fact.amr],
    secretHash: writeSecret(fact),
    address: storable(fact.address),
    agent: storable(fact.agent, longestAgent),
    endedAt: fact.endedAt ?? null,
    endReason: fact.endReason ?? null,
  }
}

/**
 * The digest of a cookie's secret, with the sign-in that made it. A server that does not know this column yet may note a
 * later sign-in: then the digest is that of a dead cookie, and must not bring it back.
 */
export function writeSecret({ secretHash, authTime }: Pick<SessionFact, 'secretHash' | 'authTime'>): string | null {
  return secretHash === '' ? null : `${secretHash} ${authTime.getTime()}`
}

function readSecret({ secretHash, authTime }: Prisma.SessionFactGetPayload<object>): string {
  const [digest = '', since] = secretHash?.split(' ') ?? []
  return since === String(authTime.getTime()) ? digest : ''
}

/** A row as the birth of a session. What an older server left out reads as `FactStore` says. */
export function readSession(row: Prisma.SessionFactGetPayload<object>): SessionFact {
  const what = `session ${row.id}`
  return {
    ...row,
    amr: readTexts(row.amr, what),
    secretHash: readSecret(row),
    lastUsedAt: row.lastUsedAt ?? row.authTime,
    userVersion: row.userVersion ?? 0,
    everythingVersion: row.everythingVersion ?? 0,
    ...readClosing(row, what),
  }
}

/** The birth of a family as a row; names each field, as for a session. */
export function writeFamily(fact: FamilyFact): Prisma.FamilyFactCreateManyInput {
  const { id, clientId, userId, sid, createdAt, expiresAt, authTime, macKid, generation, rotatedAt, versions } = fact
  return {
    ...{ id, clientId, userId, sid, createdAt, expiresAt, authTime, macKid, generation, rotatedAt },
    sessionId: fact.sessionId ?? null,
    scopes: [...fact.scopes],
    resource: fact.resource ?? null,
    amr: [...fact.amr],
    acr: fact.acr ?? null,
    userinfoClaims: [...fact.userinfoClaims],
    userVersion: versions.user,
    clientVersion: versions.client,
    everythingVersion: versions.everything,
    endedAt: fact.endedAt ?? null,
    endReason: fact.endReason ?? null,
  }
}

/** A row as the birth of a family. What an older server left out reads as `FactStore` says. */
export function readFamily(row: Prisma.FamilyFactGetPayload<object>): FamilyFact {
  const what = `family ${row.id}`
  const { id, clientId, userId, sid, createdAt, expiresAt } = row
  return {
    ...{ id, clientId, userId, sid, createdAt, expiresAt },
    sessionId: row.sessionId ?? undefined,
    scopes: new Set(readTexts(row.scopes, what)),
    resource: row.resource ?? undefined,
    authTime: row.authTime ?? createdAt,
    amr: readTexts(row.amr ?? [], what),
    acr: row.acr ?? undefined,
    userinfoClaims: readTexts(row.userinfoClaims ?? [], what),
    versions: {
      user: row.userVersion ?? 0,
      client: row.clientVersion ?? 0,
      everything: row.everythingVersion ?? 0,
    },
    macKid: row.macKid ?? '',
    generation: row.generation ?? 0,
    rotatedAt: row.rotatedAt ?? createdAt,
    ...readClosing(row, what),
  }
}

type Closing = { readonly endedAt: Date | null; readonly endReason: string | null }

function readClosing(row: Closing, what: string): Pick<SessionFact, 'endedAt' | 'endReason'> {
  return {
    endedAt: row.endedAt ?? undefined,
    endReason: row.endReason === null ? undefined : readWord(row.endReason, reasons, what),
  }
}
