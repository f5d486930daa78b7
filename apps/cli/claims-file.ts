import { readFileSync } from 'node:fs'
import { rejectFaults } from '#core/oauth/rejection.ts'
import type { Json } from '#core/users/user.ts'
import { faultsOfClaims } from '#core/users/user-claims.ts'
import { Failure } from './exit-code.ts'

/** Claims from a JSON file, checked. */
export function readClaims(path: string): { readonly [name: string]: Json } {
  const claims = parse(path)
  rejectFaults(faultsOfClaims(claims))
  return claims as { readonly [name: string]: Json }
}

function parse(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new Failure('usage', `${path} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('usage', `${path} is not JSON.`)
  }
}
