import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { Failure } from './exit-code.ts'
import { openKeyConcerns } from './key-work.ts'
import { readSecret } from './secret-input.ts'
import { requireKeysSecret } from './settings.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly newSecretStdin?: boolean; readonly newSecretFile?: string }

/** `signet keys reseal`: seals the private keys under another `keys.secret`. */
export function keysReseal(keys: Command): void {
  verb(keys, 'reseal', {
    about: 'Seal the private keys under a new keys.secret; servers need it from their next start on.',
    examples: [
      'openssl rand -base64 32 > new-secret && signet keys reseal --new-secret-file new-secret',
      'vault read -field=secret secret/signet | signet keys reseal --new-secret-stdin --yes',
    ],
  })
    .option('--new-secret-file <file>', 'the new secret, in a file')
    .option('--new-secret-stdin', 'take the new secret from stdin')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((flags: Flags, self: Command) => resealAll(flags, self))
}

async function resealAll(flags: Flags, command: Command): Promise<void> {
  const to = flags.newSecretFile === undefined ? await ask(flags) : readLine(flags.newSecretFile)
  await atWork(
    command,
    async ({ config, stores, audit, actor, output }) => {
      requireKeysSecret(config)
      const count = (await stores.keys.read())?.keys.length ?? 0
      const what = `${count} keys will be sealed under the new secret; the present keys.secret opens none of them any more.`
      if (!(await confirmed({ what, name: 'reseal' }, flags, output))) return
      const [
        { changeRing },
        { reseal },
        { resealSecrets },
        { secretSeal },
        { resealSubjectSalt },
        { requireStrongSecret },
      ] = await Promise.all([
        import('#core/keys/change-ring.ts'),
        import('#core/keys/reseal.ts'),
        import('#core/clients/reseal-secrets.ts'),
        import('#core/clients/sealed-secret.ts'),
        import('#core/users/subject-salt.ts'),
        import('#core/keys/key-secret.ts'),
      ])
      requireStrongSecret(to, 'the new keys.secret')
      // Before the ring: a run that was interrupted here can be repeated, one that was interrupted after it could not.
      const seals = { from: secretSeal(config.keys.secret), to: secretSeal(to) }
      const clients = await resealSecrets(stores.clients, seals)
      const own = { from: secretSeal(config.keys.secret, 'provider secret'), to: secretSeal(to, 'provider secret') }
      await resealSubjectSalt(stores.secrets, own)
      await changeRing(stores.keys, async (ring) => ({ ring: await reseal(ring, { from: config.keys.secret, to }) }))
      await audit.record('key.resealed', { actor, details: { keys: count, clients } })
      output.show(
        { resealed: count, ...(clients > 0 ? { clients } : {}) },
        () => `${count} keys are sealed under the new secret.`,
      )
      if (clients > 0) output.talk(`So are the secrets of ${clients} clients: they get 503 until servers have it.`)
      output.talk('Put it where keys.secret comes from before any server starts again.')
    },
    openKeyConcerns,
  )
}

function ask({ newSecretStdin: fromStdin }: Flags): Promise<string> {
  return readSecret({ what: 'new keys.secret', flag: '--new-secret-stdin', fromStdin })
}

function readLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new Failure('usage', `${file} cannot be read.`)
  }
}
