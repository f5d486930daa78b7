import { type Command, InvalidArgumentError } from 'commander'
import type { InitialTokenWishes } from '#core/registration/initial-token-registry.ts'
import { atWork } from './at-work.ts'
import { initialTokenJson } from './initial-token-json.ts'
import { noteUnknownScopes } from './note-unknown-scopes.ts'
import { initialTokensOf } from './registries.ts'
import { card } from './table.ts'
import { durationFlag, names, verb } from './verb.ts'

type Flags = {
  readonly uses: number
  readonly lifetime: number
  readonly scope?: readonly string[]
  readonly clientCredentials?: boolean
}

/** `signet registration tokens create`: an initial access token (RFC 7591 §1.2), shown this once. */
export function registrationTokensCreate(tokens: Command): void {
  verb(tokens, 'create', {
    about: 'Make a token that lets its bearer register clients.',
    examples: [
      'signet registration tokens create --uses 5 --lifetime 7d',
      'signet registration tokens create --scope openid notes:read --json',
      'signet registration tokens create --client-credentials --scope notes:read',
    ],
  })
    .option('--uses <n>', 'how many clients may be registered with it', count, 1)
    .option('--lifetime <duration>', 'how long it can be used', durationFlag, durationFlag('1d'))
    .option('--scope <scope...>', 'what its clients may ask for; registration.scopes unless told')
    .option('--client-credentials', 'its clients may have tokens for themselves')
    .action((flags: Flags, self: Command) => create(flags, self))
}

async function create({ uses, lifetime, scope, clientCredentials }: Flags, command: Command): Promise<void> {
  const wishes: InitialTokenWishes = { uses, lifetime, scopes: names(scope), clientCredentials }
  await atWork(command, async (work) => {
    const { token, secret } = await (await initialTokensOf(work)).create(wishes, work.actor)
    if (token.scopes) await noteUnknownScopes(work, token.scopes)
    const shown = { ...initialTokenJson(token), token: secret }
    work.output.show(shown, () => card(shown))
    work.output.talk('The token is shown this once; whoever has it can register clients.')
  })
}

function count(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}
