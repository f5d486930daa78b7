import type { Command } from 'commander'
import { registrationTokensCreate } from './registration-tokens-create.ts'
import { registrationTokensList } from './registration-tokens-list.ts'
import { registrationTokensRevoke } from './registration-tokens-revoke.ts'

/** `signet registration tokens`: what lets clients register themselves where `registration.mode` asks for a token. */
export function registrationTokens(registration: Command): void {
  const tokens = registration.command('tokens').description('what lets clients register themselves')
  registrationTokensCreate(tokens)
  registrationTokensList(tokens)
  registrationTokensRevoke(tokens)
}
