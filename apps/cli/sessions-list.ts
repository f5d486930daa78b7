import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { findUser } from './registries.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet sessions list --user NAME`: where a person is signed in. */
export function sessionsList(sessions: Command): void {
  verb(sessions, 'list', {
    about: 'List where a person is signed in.',
    examples: ['signet sessions list --user ada', 'signet sessions list --user ada --json'],
  })
    .requiredOption('--user <name>', 'the person')
    .action(({ user }: { user: string }, self: Command) =>
      atWork(self, async (work) => {
        const { stores, clock, output } = work
        const { sub, username } = await findUser(work, user)
        const all = await stores.facts.listSessions(sub, clock.now())
        const shown = all.map((session) => ({
          id: session.id,
          sub,
          auth_time: session.authTime,
          amr: session.amr,
          created_at: session.createdAt,
          expires_at: session.expiresAt,
          address: session.address,
          agent: session.agent,
        }))
        const rows = shown.map(({ id, auth_time, address, agent }) => [id, auth_time.toISOString(), address, agent])
        output.show(shown, () =>
          table(['ID', 'SIGNED IN', 'ADDRESS', 'BROWSER'], rows, `${username} is signed in nowhere.`),
        )
      }),
    )
}
