import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ApiChanges } from '#core/apis/api-registry.ts'
import { signingAlgs } from '#core/keys/stored-ring.ts'
import { durationFlag } from './verb.ts'

/** Settings beyond the stores' that a rule about APIs depends on. */
export const apiConcerns: readonly string[] = ['issuer', 'tokens.longestLifetime']

/** Flags that describe an API, as commander reads them. */
export type ApiFlags = {
  readonly scope?: ReadonlyMap<string, string>
  readonly tokenFormat?: string
  readonly alg?: string
  readonly lifetime?: number
}

/** Adds the flags that creating and updating share. */
export function addApiOptions(command: Command): Command {
  return command
    .option('--scope <name=sentence...>', 'a scope, and the sentence that people read', addScope)
    .addOption(new Option('--token-format <format>', 'jwt unless told').choices(['jwt', 'opaque']))
    .addOption(new Option('--alg <alg>', 'what its tokens are signed with').choices(signingAlgs))
    .option('--lifetime <duration>', 'how long its tokens live', durationFlag)
}

/** What the flags say of the API; what was not given is left out. */
export function changesOfFlags({ scope, ...same }: ApiFlags): ApiChanges {
  const { tokenFormat, alg, lifetime } = same
  return {
    ...(scope && { scopes: scope }),
    ...(tokenFormat !== undefined && { tokenFormat }),
    ...(alg !== undefined && { alg }),
    ...(lifetime !== undefined && { lifetime }),
  }
}

function addScope(text: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Write NAME=SENTENCE, for instance photos:read="See your photos".')
  return new Map([...(before ?? []), [text.slice(0, at), text.slice(at + 1)]])
}
