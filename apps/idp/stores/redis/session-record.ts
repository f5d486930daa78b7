import type { Session } from '#core/sessions/session.ts'
import {
  readDate,
  readNumber,
  readWord,
  readWords,
  writeDate,
  writeNumber,
  writeText,
  writeWords,
} from '../records/line.ts'
import { readRecord } from './record.ts'

/**
 * A session after its date, which is its end: the secret's digest, the last use (base 16), the sign-in and how, and then
 * what never changes. Its id is in the key.
 */
export function writeSession(session: Session, secretHash: string): string {
  const { userId, authTime, amr, createdAt, lastUsedAt, userVersion, everythingVersion } = session
  const changing = [writeText(secretHash), lastUsedAt.getTime().toString(16), writeDate(authTime), writeWords(amr)]
  const versions = [userVersion, everythingVersion].map(writeNumber)
  return [...changing, writeText(userId), writeDate(createdAt), ...versions].join(' ')
}

/** Reads the text of a live session. */
export function readSession(id: string, text: string): Session {
  const { ends, rest } = readRecord(text)
  const [, used = '', signedIn, amr, userId, createdAt, userVersion, everythingVersion] = rest.split(' ')
  return {
    id,
    userId: readWord(userId),
    authTime: readDate(signedIn),
    amr: readWords(amr),
    createdAt: readDate(createdAt),
    lastUsedAt: new Date(Number.parseInt(used, 16)),
    expiresAt: ends,
    userVersion: readNumber(userVersion),
    everythingVersion: readNumber(everythingVersion),
  }
}
