type Selector = 'id' | 'name' | 'xpath' | 'css' | 'class'

/** One step of the suite's scripted browser, in the suite's own words. */
export type Command =
  | readonly ['text', Selector, string, string, 'optional'?]
  | readonly ['click', Selector, string, 'optional'?]
  | readonly ['wait', Selector, string, number, string?, Screenshot?]
  | readonly ['wait', 'contains' | 'match', string, number]

type Screenshot = 'update-image-placeholder' | 'update-image-placeholder-optional'

/** What is done on a page whose address matches. */
export type Task = {
  readonly task: string
  readonly match: string
  readonly optional?: boolean
  readonly commands: readonly Command[]
}

/** What is done after the browser was sent to an address; the first entry that matches is taken. */
export type Entry = { readonly match: string; readonly 'match-limit'?: number; readonly tasks: readonly Task[] }

export type BrowserScript = {
  readonly browser: readonly Entry[]
  readonly override: { readonly [module: string]: { readonly browser: readonly Entry[] } }
}

export type ScriptParts = {
  readonly issuer: string
  readonly username: string
  readonly password: string
  /** What the suite's own pages match, where every flow ends. */
  readonly suite: string
}

/** Modules in which the suite wants to see the page that refuses, and the words that must stand on it. */
const errorPages: { readonly [module: string]: readonly string[] } = {
  'oidcc-ensure-registered-redirect-uri': ['invalid_request', 'redirect_uri'],
  'oidcc-ensure-redirect-uri-in-authorization-request': ['invalid_request', 'redirect_uri'],
  'oidcc-ensure-request-object-with-redirect-uri': ['invalid_request', 'redirect_uri'],
  'oidcc-redirect-uri-query-mismatch': ['invalid_request', 'redirect_uri'],
  'oidcc-redirect-uri-query-added': ['invalid_request', 'redirect_uri'],
}

/** Modules that end on a page of the logout endpoint. A page that asks is answered, as far as the module goes on. */
const logoutPages: { readonly [module: string]: RegExp } = {
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': /post_logout_redirect_uri|[Ss]ign out/,
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': /post_logout_redirect_uri|[Ss]ign out/,
  'oidcc-rp-initiated-logout-modified-id-token-hint': /id_token_hint|[Ss]ign out/,
  'oidcc-rp-initiated-logout-bad-id-token-hint': /id_token_hint|[Ss]ign out/,
  'oidcc-rp-initiated-logout-no-id-token-hint': /post_logout_redirect_uri|[Ss]ign out/,
}

/** Modules that end on the page that says it is done, after the person agreed where that is asked. */
const signedOut = [
  'oidcc-rp-initiated-logout-no-params',
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-only-state',
]

/**
 * How the suite's scripted browser walks through the pages of this provider. The very script that is handed to the suite
 * drives our own tests.
 */
export function browserScript(parts: ScriptParts): BrowserScript {
  const { issuer } = parts
  const login = { match: `${issuer}/authorize*`, tasks: signIn(parts) }
  const browser = [login, { match: `${issuer}/logout*`, tasks: signOut(parts) }]
  const override = Object.fromEntries([
    ...Object.entries(errorPages).map(([module, words]) => [module, { browser: [refusal(parts, words)] }]),
    ...Object.entries(logoutPages).map(([module, words]) => [module, { browser: [login, asked(parts, words)] }]),
    ...signedOut.map((module) => [module, { browser: [login, done(parts)] }]),
    ...['oidcc-prompt-login', 'oidcc-max-age-1'].map((module) => [
      module,
      {
        browser: [
          { ...login, 'match-limit': 1 },
          { match: `${issuer}/authorize*`, tasks: signInAgain(parts) },
        ],
      },
    ]),
    ...Object.entries(signInShows).map(([module, words]) => [
      module,
      { browser: [{ match: `${issuer}/authorize*`, tasks: signIn(parts, words) }] },
    ]),
  ])
  return { browser, override }
}

/** Modules in which the suite wants to see the sign-in page of a client, and what must stand on it. */
const signInShows: { readonly [module: string]: string } = {
  'oidcc-registration-logo-uri': 'Sign in',
  'oidcc-registration-policy-uri': '[Pp]rivacy',
  'oidcc-registration-tos-uri': '[Tt]erms',
}

const onPage = (words: string): string => `(?s).*${words}.*`

function signIn(parts: ScriptParts, shows?: string): readonly Task[] {
  const { issuer, username, password } = parts
  const screenshot: Command[] = shows
    ? [['wait', 'xpath', '//*', 10, onPage(shows), 'update-image-placeholder-optional']]
    : []
  return [
    {
      task: 'Sign in',
      match: `${issuer}/login*`,
      optional: true,
      commands: [
        ...screenshot,
        ['text', 'name', 'username', username],
        ['text', 'name', 'password', password],
        ['click', 'id', 'login'],
      ],
    },
    ...toTheClient(parts),
  ]
}

/** The name is fixed where a person must prove it again. */
function signInAgain(parts: ScriptParts): readonly Task[] {
  const { issuer, password } = parts
  return [
    {
      task: 'Sign in again',
      match: `${issuer}/login*`,
      commands: [
        ['wait', 'id', 'login', 10],
        ['wait', 'xpath', '//*', 10, onPage('[Pp]assword'), 'update-image-placeholder'],
        ['text', 'name', 'password', password],
        ['click', 'id', 'login'],
      ],
    },
    ...toTheClient(parts),
  ]
}

function toTheClient({ issuer, suite }: ScriptParts): readonly Task[] {
  return [
    { task: 'Consent', match: `${issuer}/consent*`, optional: true, commands: [['click', 'id', 'approve']] },
    // The form sends itself where scripts run; the suite's browser may be quicker than its scripts.
    {
      task: 'Send the form',
      match: `${issuer}/*`,
      optional: true,
      commands: [['click', 'id', 'continue', 'optional']],
    },
    arrival(suite),
  ]
}

function arrival(suite: string): Task {
  return { task: 'Arrive', match: suite, commands: [['wait', 'id', 'submission_complete', 10]] }
}

function refusal({ issuer }: ScriptParts, words: readonly string[]): Entry {
  const commands = words.map(
    (word): Command => ['wait', 'xpath', '//*', 10, onPage(word), 'update-image-placeholder-optional'],
  )
  return { match: `${issuer}/authorize*`, tasks: [{ task: 'See the refusal', match: `${issuer}/*`, commands }] }
}

function signOut({ issuer, suite }: ScriptParts): readonly Task[] {
  return [
    { task: 'Agree', match: `${issuer}/logout*`, optional: true, commands: [['click', 'id', 'logout', 'optional']] },
    // Apps in frames have loaded by now; the page would go on by itself, but later.
    { task: 'Go on', match: `${issuer}/*`, optional: true, commands: [['click', 'id', 'continue', 'optional']] },
    // The suite's page for this has no mark of its own.
    { task: 'Arrive', match: suite, commands: [['wait', 'contains', '/post_logout_redirect', 10]] },
  ]
}

function asked({ issuer }: ScriptParts, words: RegExp): Entry {
  const commands: Command[] = [['wait', 'xpath', '//*', 10, onPage(words.source), 'update-image-placeholder']]
  return { match: `${issuer}/logout*`, tasks: [{ task: 'See the page', match: `${issuer}/*`, commands }] }
}

function done({ issuer }: ScriptParts): Entry {
  const see: Command[] = [['wait', 'xpath', '//*', 10, onPage('[Ss]igned out'), 'update-image-placeholder']]
  return {
    match: `${issuer}/logout*`,
    tasks: [
      { task: 'Agree', match: `${issuer}/logout*`, optional: true, commands: [['click', 'id', 'logout', 'optional']] },
      { task: 'See that it is done', match: `${issuer}/*`, commands: see },
    ],
  }
}
