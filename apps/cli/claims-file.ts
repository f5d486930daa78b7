import { rejectFaults } from '#core/oauth/rejection.ts'
import type { Json } from '#core/users/user.ts'
import { faultsOfClaims } from '#core/users/user-claims.ts'
import { readJsonFile } from './json-file.ts'

/** Claims from a JSON file, checked. */
export function readClaims(path: string): { readonly [name: string]: Json } {
  const claims = readJsonFile(path)
  rejectFaults(faultsOfClaims(claims))
  return claims as { readonly [name: string]: Json }
}
