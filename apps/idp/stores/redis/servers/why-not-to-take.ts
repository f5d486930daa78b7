/** The oldest Redis whose scripts and commands are the ones that are used here. */
const oldest = [6, 2]

/** Why a server is not taken; final where it stays as it is, whoever connects to it how often. */
export type NotToTake = { readonly why: string; readonly isFinal: boolean }

/**
 * Reads INFO of a server: whether it is too old, or does not lead although it was looked for as the primary. One that may
 * not be asked, or tells nothing, is taken.
 */
export function whyNotToTake(info: string, isToLead: boolean): NotToTake | undefined {
  const age = tooOld(info)
  if (age !== undefined) return { why: age, isFinal: true }
  if (isToLead && /^role:slave/m.test(info)) return { why: 'it is a replica and not the primary', isFinal: false }
  return undefined
}

function tooOld(info: string): string | undefined {
  const version = /^redis_version:(\d+)\.(\d+)\S*/m.exec(info)
  if (!version) return undefined
  const [text, major = '0', minor = '0'] = version
  const [oldestMajor = 0, oldestMinor = 0] = oldest
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor)
  return isOld ? `${text.replace('redis_version:', 'version ')} is too old: it must be 6.2 or newer` : undefined
}
