import { browserScript } from '../support/browser-script.ts'
import type { Op } from '../support/op.ts'
import type { StaticClients } from './start-signet.ts'

export type SuiteConfigParts = {
  readonly op: Op
  readonly suite: string
  /** A path of its own at the suite, under which the callback is. */
  readonly alias: string
  /** Clients that an operator registered, where the plan's variant wants some. */
  readonly clients: StaticClients | undefined
  readonly needsRealBrowser: boolean
}

/** What the suite is told: where the provider is, which clients there are, and how its browser gets through our pages. */
export function suiteConfig({ op, suite, alias, clients, needsRealBrowser }: SuiteConfigParts): object {
  const script = browserScript({ ...op.person, issuer: op.issuer, suite: `${new URL(suite).origin}/*` })
  return {
    alias,
    description: 'Signet',
    server: { discoveryUrl: `${op.issuer}/.well-known/openid-configuration`, login_hint: op.person.username },
    client: { client_name: 'The conformance suite' },
    client2: { client_name: 'The conformance suite, once more' },
    ...clients,
    ...(needsRealBrowser ? {} : script),
    options: { browsercontrol_css_enable: false },
  }
}

/** Where the suite is sent back to. */
export function suiteCallback(suite: string, alias: string): string {
  return new URL(`test/a/${alias}/callback`, suite.endsWith('/') ? suite : `${suite}/`).href
}
