import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { atWork, patientWithMany, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { endEverything, everythingEnds, reachJson, reachOfEverything } from './end-everything.ts'
import { Failure } from './exit-code.ts'
import { clientsOf, findUser, usersOf } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly user?: string; readonly client?: string; readonly everyone?: boolean }

/** `signet sessions revoke`: one session, all of a person, all that an application was given, or everything. */
export function sessionsRevoke(sessions: Command): void {
  verb(sessions, 'revoke [id]', {
    about: 'Sign out: one session, a person everywhere, everybody at one application, or everybody everywhere.',
    examples: [
      'signet sessions revoke ses_1f6x…',
      'signet sessions revoke --user ada --yes --json        every session, every token',
      'signet sessions revoke --client photos        every token of that application',
      'signet sessions revoke --everyone --dry-run        how many sessions and sign-ins that would end',
    ],
  })
    .option('--user <name>', 'everything of this person')
    .option('--client <id>', 'everything this application was given')
    .option('--everyone', 'every session and every token there is')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((id: string | undefined, flags: Flags, self: Command) => {
      if ([id, flags.user, flags.client, flags.everyone].filter((each) => each !== undefined).length !== 1) {
        throw new Failure('usage', 'Name one of: a session, --user, --client, --everyone.')
      }
      if (flags.everyone) return atWork(self, (work) => revokeEveryone(flags, work), [], patientWithMany)
      return atWork(self, (work) => {
        if (id !== undefined) return revokeSession(id, flags, work)
        return flags.user === undefined
          ? revokeClient(flags.client ?? '', flags, work)
          : revokeUser(flags.user, flags, work)
      })
    })
}

async function revokeSession(id: string, caution: Caution, work: Work): Promise<void> {
  const { stores, endings, audit, actor, output } = work
  const session = (await stores.facts.findSession(id)) ?? reject('missing', 'id', `There is no session ${id}.`)
  const what = `Session ${id} ends, with the tokens bound to it.`
  if (!(await confirmed({ what, name: id }, caution, output))) return
  await endings.session(id, 'revoked_by_operator')
  await audit.record('session.ended', {
    actor,
    userId: session.userId,
    sessionId: id,
    details: { reason: 'revoked_by_operator' },
  })
  output.show({ sessions: [id] }, () => `Session ${id} has ended.`)
}

async function revokeUser(name: string, caution: Caution, work: Work): Promise<void> {
  const { sub, username } = await findUser(work, name)
  const open = await work.stores.facts.listSessions(sub, work.clock.now())
  const what = `${username} is signed out everywhere (${open.length} sessions); every token ends.`
  if (!(await confirmed({ what, name: username }, caution, work.output))) return
  await (await usersOf(work)).signOut(sub, work.actor)
  const sessions = open.map(({ id }) => id)
  work.output.show({ sub, username, sessions }, () => `${username} is signed out everywhere.`)
}

async function revokeClient(id: string, caution: Caution, work: Work): Promise<void> {
  const registry = await clientsOf(work)
  await registry.planUpdate(id, {})
  const what = `Every token of client ${id} ends; people stay signed in at Signet and get new ones on their next visit.`
  if (!(await confirmed({ what, name: id }, caution, work.output))) return
  await registry.endTokens(id, work.actor)
  work.output.show({ client_id: id, revoked: true }, () => `Every token of client ${id} has ended.`)
}

async function revokeEveryone(caution: Caution, work: Work): Promise<void> {
  const reach = await reachOfEverything(work)
  if (!(await confirmed({ what: everythingEnds(reach), name: 'everyone' }, caution, work.output))) return
  await endEverything(work, reach)
  work.output.show({ everyone: true, ...reachJson(reach) }, () => 'Every session and every token has ended.')
}
