import type { Command } from 'commander'
import type { LogoutNotice } from '#core/logout/notice-store.ts'
import { atWork, type Work } from './at-work.ts'
import { countFlag } from './count-flag.ts'
import { oneLine, table } from './table.ts'
import { verb } from './verb.ts'

type Flags = { readonly client?: string; readonly failed?: boolean; readonly most: number }

/** `signet logouts list`: which applications were told that a session has ended, and which could not be. */
export function logoutsList(logouts: Command): void {
  verb(logouts, 'list', {
    about: 'Show which applications were told of ended sessions, the newest first.',
    examples: [
      'signet logouts list --failed        what no application has taken, and why',
      'signet logouts list --client photos --json',
    ],
  })
    .option('--client <id>', 'only this application')
    .option('--failed', 'only what has failed and was not delivered since')
    .option('--most <number>', 'at most so many', countFlag, 1000)
    .action((flags: Flags, self: Command) => atWork(self, (work) => list(flags, work)))
}

async function list({ client, failed = false, most }: Flags, { stores, output }: Work): Promise<void> {
  const notices = await stores.notices.list({ clientId: client, failed, most })
  const shown = notices.map((notice) => ({
    client_id: notice.clientId,
    session: notice.sid,
    sub: notice.userId,
    state: stateOf(notice),
    ended_at: notice.at,
    attempts: notice.attempts,
    next_attempt_at: notice.nextAt,
    delivered_at: notice.deliveredAt,
    failure: notice.failure,
  }))
  const rows = shown.map((one) => [
    one.ended_at.toISOString(),
    one.client_id,
    one.session,
    one.state,
    `${one.attempts}`,
    oneLine(one.failure ?? ''),
  ])
  output.show(shown, () =>
    table(['ENDED', 'APPLICATION', 'SESSION', 'STATE', 'ATTEMPTS', 'FAILURE'], rows, 'No application had to be told.'),
  )
}

function stateOf({ deliveredAt, nextAt }: LogoutNotice): 'delivered' | 'waiting' | 'given_up' {
  if (deliveredAt) return 'delivered'
  return nextAt ? 'waiting' : 'given_up'
}
