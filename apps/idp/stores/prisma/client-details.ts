import { type ClientDetails, type LogoutAddress, plainDetails } from '#core/clients/client-details.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { ensure, readDate, readNumber, readObject, readText, readTexts, readWord } from './read-value.ts'

/** The details of a client as one JSON object; what is plain is left out. */
export function writeDetails(details: ClientDetails): Prisma.InputJsonObject {
  const { responseTypes, registration, backchannelLogout, frontchannelLogout, ...same } = pick(details)
  const { idTokenEncryption, userInfoEncryption, requestObjectEncryption, ...words } = same
  const kept = {
    ...words,
    responseTypes: [...responseTypes],
    idTokenEncryption: idTokenEncryption && { ...idTokenEncryption },
    userInfoEncryption: userInfoEncryption && { ...userInfoEncryption },
    requestObjectEncryption: requestObjectEncryption && { ...requestObjectEncryption },
    backchannelLogout: backchannelLogout && { ...backchannelLogout },
    frontchannelLogout: frontchannelLogout && { ...frontchannelLogout },
    registration: registration && { ...registration, at: registration.at.toISOString() },
  }
  return JSON.parse(JSON.stringify(kept)) as Prisma.InputJsonObject
}

/** Reads them; a row of an older server has none, and what a field does not say is plain. */
export function readDetails(value: unknown, grantTypes: readonly string[], what: string): ClientDetails {
  const plain = plainDetails(grantTypes)
  if (value === null || value === undefined) return plain
  const from = readObject(value, what)
  const text = (name: string) => (from[name] === undefined ? undefined : readText(from[name], what))
  const texts = (name: string) => (from[name] === undefined ? [] : readTexts(from[name], what))
  const encryption = (name: string) => readEncryption(from[name], what)
  return {
    responseTypes: from.responseTypes === undefined ? plain.responseTypes : new Set(texts('responseTypes')),
    subjectType: from.subjectType === undefined ? 'public' : readWord(from.subjectType, ['public', 'pairwise'], what),
    sectorIdentifierUri: text('sectorIdentifierUri'),
    idTokenEncryption: encryption('idTokenEncryption'),
    userInfoAlg: text('userInfoAlg'),
    userInfoEncryption: encryption('userInfoEncryption'),
    requestObjectAlg: text('requestObjectAlg'),
    requestObjectEncryption: encryption('requestObjectEncryption'),
    requestUris: texts('requestUris'),
    defaultMaxAge: from.defaultMaxAge === undefined ? undefined : readNumber(from.defaultMaxAge, what),
    requireAuthTime: from.requireAuthTime === true,
    defaultAcrValues: texts('defaultAcrValues'),
    initiateLoginUri: text('initiateLoginUri'),
    backchannelLogout: readLogout(from.backchannelLogout, what),
    frontchannelLogout: readLogout(from.frontchannelLogout, what),
    contacts: texts('contacts'),
    softwareId: text('softwareId'),
    softwareVersion: text('softwareVersion'),
    registration: readRegistration(from.registration, what),
  }
}

/** Exactly the details of a client, whatever else it has. */
function pick(client: ClientDetails): ClientDetails {
  const names = Object.keys(plainDetails([]))
  return Object.fromEntries(Object.entries(client).filter(([name]) => names.includes(name))) as ClientDetails
}

function readEncryption(value: unknown, what: string): ClientDetails['idTokenEncryption'] {
  if (value === undefined) return undefined
  const { alg, enc } = readObject(value, what)
  return { alg: readText(alg, what), enc: readText(enc, what) }
}

function readLogout(value: unknown, what: string): LogoutAddress | undefined {
  if (value === undefined) return undefined
  const { uri, sessionRequired } = readObject(value, what)
  ensure(typeof sessionRequired === 'boolean', what)
  return { uri: readText(uri, what), sessionRequired }
}

function readRegistration(value: unknown, what: string): ClientDetails['registration'] {
  if (value === undefined) return undefined
  const { tokenHash, by, at } = readObject(value, what)
  return { tokenHash: readText(tokenHash, what), by: readText(by, what), at: readDate(at, what) }
}
