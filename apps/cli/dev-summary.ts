import { styleText } from 'node:util'

/** What somebody who has just started `signet dev` wants to know. */
export type DevSummary = {
  /** Since the process began. */
  readonly seconds: number
  readonly issuer: string
  readonly app: string
  readonly api: string
  readonly health: string
  readonly directories: readonly string[]
  readonly username: string
  /** What to type for a new password. */
  readonly renew: string
  /** Only where it was made just now: it is shown this once. */
  readonly password: string | undefined
}

/** The first thing that a newcomer reads: what to open, and how to sign in there. Coloured where `write` is a terminal. */
export function devSummary(summary: DevSummary): string {
  const { issuer, app, api, health, directories, seconds } = summary
  const strong = (text: string) => styleText('bold', text)
  const faint = (text: string) => styleText('dim', text)
  const link = (text: string) => styleText(['cyan', 'underline'], text)
  return [
    '',
    `  ${styleText(['green', 'bold'], 'Signet is ready')} ${faint(`in ${seconds.toFixed(1)} s`)}`,
    '',
    `  Open first    ${link(app)}   ${faint('the sample app: sign in there')}`,
    ...howToSignIn(summary, strong, faint),
    '',
    `  Provider      ${issuer}   ${faint('/.well-known/openid-configuration')}`,
    `  Sample API    ${api}   ${faint('GET /notes')}`,
    `  Health        ${health}`,
    `  Kept in       ${directories.join(' and ')}   ${faint('delete both to begin anew')}`,
    '',
    faint('  Ctrl-C stops everything.'),
    '',
  ].join('\n')
}

type Style = (text: string) => string

function howToSignIn({ username, password, renew }: DevSummary, strong: Style, faint: Style): readonly string[] {
  if (password) {
    return [
      `  Username      ${strong(username)}`,
      `  Password      ${strong(password)}   ${faint('shown this once, so note it')}`,
    ]
  }
  return [
    `  Username      ${strong(username)}`,
    `  Password      ${faint('the one from the first start; set a new one with')} ${renew}`,
  ]
}
