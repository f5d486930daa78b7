import type { Command } from 'commander'
import pc from 'picocolors'
import { atWork, type Work } from './at-work.ts'
import { inspectToken } from './inspect-token.ts'
import type { Inspection } from './inspection.ts'
import { keyConcerns } from './key-work.ts'
import { card, oneLine } from './table.ts'
import { tokenArgument } from './token-argument.ts'
import { verb } from './verb.ts'

/** `signet tokens inspect <token>|-`: header, claims, signature, expiry, revocation, and which key. */
export function tokensInspect(tokens: Command): void {
  verb(tokens, 'inspect <token>', {
    about: 'Take a token apart: header, claims, signature, expiry, revocation, which key. Uses nothing up.',
    examples: [
      'wl-paste | signet tokens inspect -        keeps it out of the process list',
      'signet tokens inspect - --json < token.txt',
    ],
  }).action(async (argument: string, _flags: object, self: Command) => {
    const token = await tokenArgument(argument)
    await atWork(self, (work) => inspect(token, work), ['issuer', ...keyConcerns])
  })
}

async function inspect(token: string, work: Work): Promise<void> {
  const { kind, header, claims, key, findings } = await inspectToken(token, work)
  const valid = findings.every(({ level }) => level !== 'error')
  work.output.show({ kind, valid, header, claims, key, findings }, () =>
    textOf({ kind, header, claims, key, findings }, valid),
  )
}

const marks = { ok: pc.green('✓'), note: pc.yellow('·'), error: pc.red('✗') }

function textOf({ kind, header, claims, key, findings }: Inspection, valid: boolean): string {
  const sections = [
    `${valid ? pc.green('Valid') : pc.red('Not valid')}: ${kind.replace('_', ' ')}`,
    header && card(header),
    claims && card(claims),
    key && card({ key: key.kid, alg: key.alg, state: key.state }),
    findings.map(({ level, what }) => `${marks[level]} ${oneLine(what)}`).join('\n'),
  ]
  return sections.filter((section) => section).join('\n\n')
}
