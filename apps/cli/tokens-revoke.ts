import type { Command } from 'commander'
import { atWork, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { Failure } from './exit-code.ts'
import { inspectToken } from './inspect-token.ts'
import type { Inspection } from './inspection.ts'
import { keyConcerns } from './key-work.ts'
import { tokenArgument } from './token-argument.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet tokens revoke <token>|-`: an access token ends alone, a refresh token with its whole family. */
export function tokensRevoke(tokens: Command): void {
  verb(tokens, 'revoke <token>', {
    about: 'End a token: an access token alone, a refresh token with everything of that sign-in at that application.',
    examples: ['wl-paste | signet tokens revoke - --yes', 'signet tokens revoke - --yes --json < token.txt'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action(async (argument: string, caution: Caution, self: Command) => {
      const token = await tokenArgument(argument)
      await atWork(self, (work) => revoke(token, caution, work), ['issuer', ...keyConcerns])
    })
}

async function revoke(token: string, caution: Caution, work: Work): Promise<void> {
  const { endings, audit, actor, output } = work
  const target = targetOf(await inspectToken(token, work))
  if (!(await confirmed({ what: target.what, name: 'revoke' }, caution, output))) return
  if (target.kind === 'refresh_token') await endings.family(target.id, 'revoked_by_operator')
  else await endings.token(target.id, target.expiresAt, 'revoked_by_operator')
  const familyId = target.kind === 'refresh_token' ? target.id : undefined
  await audit.record('token.revoked', { actor, clientId: target.clientId, familyId, details: { kind: target.kind } })
  output.show({ revoked: true, kind: target.kind }, () => 'It is revoked.')
}

type Target = { readonly what: string; readonly id: string; readonly clientId: string } & (
  | { readonly kind: 'refresh_token' }
  | { readonly kind: 'access_token'; readonly expiresAt: Date }
)

/** What there is to be ended. What is not ours, or cannot be revoked, is said to be so. */
function targetOf({ kind, claims = {}, findings }: Inspection): Target {
  const { family, jti, exp, expiresAt, client_id, clientId = client_id } = claims
  const client = String(clientId)
  const forged = findings.some(({ what }) => /(signature|MAC) is wrong|No (MAC )?key of the ring/.test(what))
  if (kind === 'refresh_token' && !forged && typeof family === 'string' && client_id !== undefined) {
    return { kind, id: family, clientId: client, what: `The sign-in at ${client} ends, with all its tokens.` }
  }
  const until = expiresAt instanceof Date ? expiresAt : new Date(Number(exp) * 1000)
  if (kind === 'access_token' && typeof jti === 'string' && !forged) {
    return { kind, id: jti, clientId: client, expiresAt: until, what: `The access token of ${client} ends.` }
  }
  if (kind === 'id_token')
    throw new Failure('refused', 'An ID token cannot be revoked.', 'End its session: signet sessions revoke')
  throw new Failure('notFound', findings.find(({ level }) => level === 'error')?.what ?? 'There is nothing to revoke.')
}
