import { type Command, Option } from 'commander'
import pc from 'picocolors'
import type { AuditEvent, AuditFilter } from '#core/audit/audit-event.ts'
import { atWork, type Work } from './at-work.ts'
import { countFlag } from './count-flag.ts'
import { findUser } from './registries.ts'
import { oneLine, table } from './table.ts'
import { sinceFlag, verb } from './verb.ts'

type Flags = {
  readonly user?: string
  readonly client?: string
  readonly since: Date
  readonly most: number
  readonly follow?: boolean
}

/** `signet audit list`: what happened, oldest first; `--follow` goes on until interrupted. */
export function auditList(audit: Command): void {
  verb(audit, 'list', {
    about: 'Show what happened, oldest first; the last 24 hours unless told.',
    examples: [
      'signet audit list --user ada --since 7d',
      'signet audit list --client photos --json',
      'signet audit list --follow        until Ctrl-C; with --json one event per line',
    ],
  })
    .option('--user <name>', 'only about this person')
    .option('--client <id>', 'only about this application')
    .addOption(
      new Option('--since <when>', 'a date, or how long ago').argParser(sinceFlag).default(sinceFlag('24h'), '24h'),
    )
    .option('--most <number>', 'at most so many, the newest', countFlag, 1000)
    .option('-f, --follow', 'go on showing what happens')
    .action((flags: Flags, self: Command) => atWork(self, (work) => list(flags, work)))
}

async function list({ user, client, since, most, follow }: Flags, work: Work): Promise<void> {
  const of: AuditFilter = {
    ...(user === undefined ? {} : { userId: await subjectOf(user, work) }),
    ...(client === undefined ? {} : { clientId: client }),
  }
  const events = (await work.stores.audit.list({ ...of, since })).slice(-most)
  if (follow) return followFrom(events, of, work)
  const rows = events.map((event) => [event.at.toISOString(), event.event, event.outcome, event.actor, aboutOf(event)])
  work.output.show(events, () =>
    table(['WHEN', 'EVENT', 'OUTCOME', 'WHO', 'ABOUT'], rows, 'Nothing happened in that time.'),
  )
}

/** A deleted person is known by the subject alone. */
async function subjectOf(user: string, work: Work): Promise<string> {
  return user.startsWith('usr_') ? user : (await findUser(work, user)).sub
}

/** Events of a batch are written late and with the time they happened: each look goes back a little. */
const lookBack = 15_000
const lookEvery = 1000

async function followFrom(
  first: readonly AuditEvent[],
  of: AuditFilter,
  { stores, clock, output }: Work,
): Promise<void> {
  let events = first
  let shown = new Map<string, Date>()
  for (;;) {
    const horizon = new Date(clock.now().getTime() - lookBack)
    for (const event of events) if (!shown.has(event.id)) print(event, output.json)
    shown = new Map([...shown, ...events.map(({ id, at }) => [id, at] as const)].filter(([, at]) => at >= horizon))
    await new Promise((resolve) => setTimeout(resolve, lookEvery))
    events = await stores.audit.list({ ...of, since: horizon })
  }
}

function print(event: AuditEvent, json: boolean): void {
  const mark = event.outcome === 'failure' ? pc.red : pc.green
  const text = `${pc.dim(event.at.toISOString())} ${mark(event.event)} ${oneLine(event.actor)} ${aboutOf(event)}`
  process.stdout.write(`${json ? JSON.stringify(event) : text}\n`)
}

function aboutOf({ userId, clientId, sessionId, address, details }: AuditEvent): string {
  const known = Object.entries({ user: userId, client: clientId, session: sessionId, address, ...details })
  const parts = known.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`)
  return oneLine(parts.join(' '))
}
