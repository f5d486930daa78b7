import { join } from 'node:path'
import type { Command } from 'commander'
import { atWork, patientWithMany, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { endEverything, everythingEnds, reachOfEverything } from './end-everything.ts'
import { raiseVersions } from './raise-versions.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly endEverything?: boolean }

/** `signet db restored`: tells Signet that its database is a backup, and so has forgotten what came after it. */
export function dbRestored(db: Command): void {
  verb(db, 'restored', {
    about: 'After restoring the database from a backup: what the fast store knows is not believed any more.',
    examples: [
      'signet db restored        sign-ins go on where the backup knows them',
      'signet db restored --end-everything        everybody signs in again: revocations since the backup are lost',
    ],
  })
    .option('--end-everything', 'end every session and every token, whenever it was issued')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((flags: Flags, self: Command) => atWork(self, (work) => restored(flags, work), [], patientWithMany))
}

async function restored(flags: Flags, work: Work): Promise<void> {
  const { stores, audit, actor, output } = work
  const reach = flags.endEverything ? await reachOfEverything(work) : undefined
  const what = flags.endEverything
    ? everythingEnds(reach)
    : 'What the fast store knows is forgotten; sessions and sign-ins come back from the database as the backup has ' +
      'them. A revocation since the backup is lost where only the database knew it; --end-everything is safe.'
  if (!(await confirmed({ what, name: 'restored' }, flags, output))) return

  const raised = await raiseVersions(stores)
  // First what needs the fast store: it answers nothing from its being forgotten until it is rebuilt.
  if (flags.endEverything) await endEverything(work, reach)
  await forgetFastStore(work)
  const endsEverything = flags.endEverything === true
  await audit.record('database.restored', { actor, details: { endsEverything, raised } })
  output.show({ restored: true, endsEverything, raised }, () =>
    endsEverything ? 'Every session and every token has ended.' : 'The fast store is rebuilt from the database.',
  )
}

/** New epochs in Redis, or an embedded file without what lives; both learn every end again that SQL knows. */
async function forgetFastStore({ config, stores, clock }: Work): Promise<void> {
  const { redis, data, sessions, tokens } = config
  if (stores.servers) {
    const { declareLost } = await import('#stores/redis/declare-lost.ts')
    await declareLost({ epochs: stores.epochs, servers: stores.servers, prefix: redis.prefix })
    return
  }
  const { forgetLive } = await import('#stores/embedded/open-embedded-stores.ts')
  const lives = { sessionIdle: sessions.idle, refreshLife: tokens.refreshAbsolute }
  const memory = { facts: stores.facts, epochs: stores.epochs }
  await forgetLive({ ...lives, clock, memory, file: join(data.directory, 'state.db') })
}
