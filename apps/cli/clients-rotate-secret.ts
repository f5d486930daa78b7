import { type Command, Option } from 'commander'
import { formatDuration } from '#config/duration.ts'
import { secretsOf } from '#core/clients/client-secret.ts'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { clientsOf } from './registries.ts'
import { readSecret } from './secret-input.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, durationFlag, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly overlap: number; readonly secretStdin?: boolean }

/** `signet clients rotate-secret <id>`: a new secret; the old one works on for the overlap. */
export function clientsRotateSecret(clients: Command): void {
  verb(clients, 'rotate-secret <id>', {
    about: 'Give an application a new secret; the old one works on for a while.',
    examples: [
      'signet clients rotate-secret photos',
      'signet clients rotate-secret photos --overlap 0s --yes        a leaked secret: the old one stops now',
    ],
  })
    .addOption(
      new Option('--overlap <duration>', 'how long the old secret works on')
        .argParser(durationFlag)
        .default(3600, '1h'),
    )
    .option('--secret-stdin', 'take the secret from stdin instead of making one')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((id: string, flags: Flags, self: Command) => rotateSecret(id, flags, self))
}

async function rotateSecret(id: string, flags: Flags, command: Command): Promise<void> {
  const { overlap, secretStdin: fromStdin } = flags
  const brought = fromStdin ? await readSecret({ what: 'client secret', flag: '--secret-stdin', fromStdin }) : undefined
  await atWork(command, async (work) => {
    const until = overlap === 0 ? 'stops now' : `works for another ${formatDuration(overlap)}`
    const danger = { what: `Client ${id} gets a new secret; the old one ${until}.`, name: id }
    const isHarmless = overlap > 0 && !flags.dryRun
    if (!isHarmless && !(await confirmed(danger, flags, work.output))) return
    const { client, secret } = await (await clientsOf(work)).rotateSecret(id, { overlap, secret: brought }, work.actor)
    const old = secretsOf(client.authentication).slice(1)
    const shown = {
      client_id: id,
      ...(brought ? {} : { client_secret: secret }),
      old_secrets_expire_at: old.map(({ expiresAt }) => expiresAt),
    }
    work.output.show(shown, () => card(shown))
    if (!brought) work.output.talk(`The secret is shown this once; the old one ${until}.`)
  })
}
