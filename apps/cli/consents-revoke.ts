import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { atWork, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { findUser } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly user: string; readonly client?: string }

/** `signet consents revoke --user NAME [--client ID]`: forgets what was allowed and ends the tokens that followed. */
export function consentsRevoke(consents: Command): void {
  verb(consents, 'revoke', {
    about: 'Take back what a person allowed; the tokens that followed end.',
    examples: [
      'signet consents revoke --user ada --client photos',
      'signet consents revoke --user ada --yes        all of them',
    ],
  })
    .requiredOption('--user <name>', 'the person')
    .option('--client <id>', 'one application; else all')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((flags: Flags, self: Command) => atWork(self, (work) => revoke(flags, work)))
}

async function revoke(flags: Flags, work: Work): Promise<void> {
  const { stores, endings, audit, actor, output } = work
  const { sub, username } = await findUser(work, flags.user)
  const all = await stores.consents.list(sub)
  const meant = all.filter(({ clientId }) => flags.client === undefined || clientId === flags.client)
  if (flags.client !== undefined && meant.length === 0)
    reject('missing', 'client', `${username} has allowed ${flags.client} nothing.`)

  const ids = meant.map(({ clientId }) => clientId)
  const what = `What ${username} allowed ${ids.join(', ') || 'nobody'} is taken back, and the tokens that followed end.`
  if (!(await confirmed({ what, name: username }, flags, output))) return
  for (const clientId of ids) {
    await stores.consents.end(sub, clientId)
    await endings.familiesAt(sub, clientId, 'consent_withdrawn')
    await audit.record('consent.withdrawn', { actor, userId: sub, clientId })
  }
  output.show({ sub, revoked: ids }, () => `Taken back: ${ids.join(', ') || 'nothing'}.`)
}
