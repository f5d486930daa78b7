import { type ReadyForm, readyForm } from '../../security/support/forms.ts'
import {
  authorizeUrl,
  cookiesOf,
  type Granted,
  getCode,
  personOf,
  refresh,
  signIn,
  type Tokens,
} from '../../security/support/steps.ts'
import { asTokens } from '../../security/support/tokens.ts'
import type { World } from '../../security/support/world.ts'

/** What was under way when the fault came: one of everything that an endpoint is asked for. */
export type Prepared = {
  readonly plain: Tokens
  readonly withRoles: Tokens
  readonly forApi: Tokens
  /** The first token of a family that has been rotated twice. */
  readonly stale: Tokens
  readonly kept: Tokens
  readonly revoked: Tokens
  readonly leaving: Tokens
  readonly granted: Granted
  readonly login: ReadyForm & { readonly cookie: string }
  readonly consent: ReadyForm & { readonly cookie: string }
}

/** Signs everybody in. What the server remembers afterwards it has read just now. */
export async function prepare(world: World): Promise<Prepared> {
  world.server.clock.move(31)
  const { c1, c2 } = world
  const withScope = (scope: string) => signIn(world, { changes: { scope } })
  const stale = await signIn(world)
  const second = asTokens(c1, stale, await refresh(world, c1, stale.refresh))
  await refresh(world, c1, second.refresh)
  return {
    stale,
    plain: await signIn(world),
    withRoles: await withScope('openid roles'),
    forApi: await withScope(`openid ${world.rs1.scope}`),
    kept: await signIn(world),
    revoked: await signIn(world, { client: c2 }),
    leaving: await signIn(world),
    granted: await getCode(world),
    ...(await openForms(world)),
  }
}

async function openForms(world: World): Promise<Pick<Prepared, 'login' | 'consent'>> {
  const atLogin = personOf(world, world.u1)
  const url = authorizeUrl(world, world.c2, { prompt: 'consent' })
  const { username, password } = world.u1
  const login = readyForm(await atLogin.browser.open(url), 'login', { username, password })
  const atConsent = personOf(world, world.u1)
  const consent = readyForm(await atConsent.signIn(await atConsent.browser.open(url)), 'approve')
  return {
    login: { ...login, cookie: cookiesOf(world, atLogin) },
    consent: { ...consent, cookie: cookiesOf(world, atConsent) },
  }
}
