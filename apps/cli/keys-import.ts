import { readFileSync, statSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { type SigningAlg, signingAlgs } from '#core/keys/stored-ring.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { atWork, type Work } from './at-work.ts'
import { Failure } from './exit-code.ts'
import { changeKeys, keyJson, makeFirstKeys, openKeyConcerns, recordKey } from './key-work.ts'
import { readStdin } from './secret-input.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = Caution & { readonly alg?: SigningAlg; readonly now?: boolean }

/** `signet keys import <file>`: an operator's own private key joins the ring by the same rules. */
export function keysImport(keys: Command): void {
  verb(keys, 'import <file>', {
    about: 'Import a private signing key (PEM or JWK); - reads it from stdin.',
    examples: ['signet keys import signing.pem', 'vault read -field=key secret/signet | signet keys import -'],
  })
    .addOption(new Option('--alg <alg>', 'only to choose PS256 for an RSA key').choices(signingAlgs))
    .option('--now', 'sign at once')
    .addOption(dryRunOption())
    .action((file: string, flags: Flags, self: Command) => importFrom(file, flags, self))
}

async function importFrom(file: string, flags: Flags, command: Command): Promise<void> {
  const { alg, now: atOnce, dryRun } = flags
  const text = file === '-' ? await readStdin() : readPrivateFile(file)
  const { readKeyFile } = await import('#core/keys/import-key.ts')
  const read = await readKeyFile({ text, alg })

  const join = async (work: Work): Promise<void> => {
    const { config, clock, output } = work
    if (dryRun) {
      return output.show(
        { dryRun, would: 'import', kid: read.kid, alg: read.alg },
        () => `Would import ${read.alg} key ${read.kid}.`,
      )
    }
    await makeFirstKeys(work)
    const { importKey } = await import('#core/keys/rotate.ts')
    const occasion = { file: { text, alg }, atOnce, now: clock.now(), settings: ringKeySettings(config) }
    const { key } = await changeKeys(work, (ring) => importKey(ring, occasion))
    await recordKey(work, 'key.imported', key)
    output.show(keyJson(key), () => card({ kid: key.kid, alg: key.alg, 'signs from': key.signsFrom.toISOString() }))
  }
  await atWork(command, join, openKeyConcerns)
}

/** A private key that others can read is not private any more: said, and left to its owner. */
function readPrivateFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if ((statSync(file).mode & 0o077) !== 0)
      process.stderr.write(`Note: others can read ${file}. Run: chmod 600 ${file}\n`)
    return text
  } catch {
    throw new Failure('usage', `${file} cannot be read.`)
  }
}
