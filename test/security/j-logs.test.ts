import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpOf } from './support/dump.ts'
import { describeHomes } from './support/homes.ts'
import {
  authorizeUrl,
  basic,
  clientToken,
  cookiesOf,
  getCode,
  introspect,
  parameters,
  personOf,
  postForm,
  redeem,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import type { World } from './support/world.ts'

let count = 0
const canaries = new Set<string>()

/** A text that is found wherever it leaks to. */
function canary(what: string): string {
  const text = `canary-${what}-${++count}-${Math.random().toString(36).slice(2)}`
  canaries.add(text)
  return text
}

describeHomes('what is written down', (home) => {
  let world: World
  beforeAll(async () => {
    world = await home().move()
    canaries.clear()
    await live(world)
    await fail(world)
    await world.server.flush()
  })
  afterAll(() => world.close())

  test('J06 no password, code, token, cookie or secret is in the log, at level debug, right or wrong', () => {
    const text = world.server.log.join('\n')
    expect(world.server.log.length).toBeGreaterThan(100)
    expect([...canaries].filter((each) => text.includes(each) || text.includes(encodeURIComponent(each)))).toEqual([])
  })

  test('J06 nor in the metrics', async () => {
    const { text } = await world.server.metrics.expose()
    expect(text).toContain('signet')
    expect([...canaries].filter((each) => text.includes(each))).toEqual([])
  })

  test('J06 nor in the audit trail, nor in any store', async () => {
    const trail = JSON.stringify(await world.server.stores.audit.list({}))
    expect(trail).toContain('client.authentication_failed')
    expect([...canaries].filter((each) => trail.includes(each))).toEqual([])
    const { texts } = await dumpOf(home())
    const kept = [...canaries].filter((each) => !each.startsWith('canary-state') && !each.startsWith('canary-hint'))
    const found = kept.flatMap((each) =>
      texts.filter(([, text]) => text.includes(each)).map(([where]) => [each, where]),
    )
    expect(found).toEqual([])
  })

  test('J06 an address is logged without its query, whole or broken', () => {
    const lines = world.server.log.map((line): { req?: { path?: string } } => JSON.parse(line))
    const paths = lines.flatMap(({ req }) => (req?.path === undefined ? [] : [req.path]))
    expect(paths.length).toBeGreaterThan(50)
    for (const path of paths) expect(path).not.toMatch(/[?#=]/)
  })
})

/** An honest life, all of whose proofs are canaries from now on. */
async function live(world: World): Promise<void> {
  const { c1, c2, rs1, server } = world
  const keep = (...texts: readonly string[]) => texts.forEach((text) => void (text && canaries.add(text)))
  const password = canary('password')
  const person = await server.users.create({ username: 'carol' }, password, 'test')
  const user = { sub: person.sub, username: 'carol', password }
  keep(c1.secret, c2.secret, rs1.client.secret)
  for (const changes of [
    { state: canary('state'), login_hint: canary('hint') },
    { scope: 'openid offline_access', prompt: 'consent' },
    { response_mode: 'form_post' },
  ]) {
    const granted = await getCode(world, { user, changes })
    keep(granted.code, granted.verifier)
    const first = tokensOf(await redeem(world, granted))
    const second = tokensOf(await refresh(world, c1, first.refresh))
    keep(...Object.values(first), ...Object.values(second))
    await userInfo(world, second.access)
    await introspect(world, c1, second.refresh)
    await redeem(world, granted)
    for (const cookie of cookiesOf(world, granted.person).split('; ')) keep(cookie.split('=')[1] ?? '')
    await granted.person.browser.open(`${world.issuer}/logout?id_token_hint=${second.id}`)
  }
  const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access
  keep(own)
  await revoke(world, c1, own)
  const next = canary('new-password')
  await server.users.setPassword(user.sub, next, 'test')
  const rotated = await server.clients.rotateSecret(c2.id, { overlap: 60 }, 'test')
  keep(rotated.secret ?? '')
}

/** Every way to be refused, each with something in it that nobody may write down. */
async function fail(world: World): Promise<void> {
  const { c1, c2, p1, u1 } = world
  const person = personOf(world, u1)
  const page = await person.browser.open(authorizeUrl(world, c1))
  await person.browser.press(page, 'login', { username: u1.username, password: canary('wrong-password') })
  await person.browser.press(page, 'login', { username: canary('password-as-name'), password: canary('other') })
  await person.browser.press(page, 'login', { username: u1.username, password: canary('long').repeat(200) })
  const wrong = { ...c1, secret: canary('wrong-secret') }
  for (const answer of [
    clientToken(world, wrong),
    introspect(world, wrong, canary('token')),
    revoke(world, wrong, canary('token')),
  ]) {
    await answer
  }
  await postForm(world, '/token', { grant_type: canary('grant') }, c1)
  await postForm(world, '/token', { client_assertion: canary('assertion'), client_id: c1.id })
  await postForm(
    world,
    '/token',
    { code: canary('code'), grant_type: 'authorization_code', code_verifier: canary('v') },
    p1,
  )
  await postForm(world, '/token', { refresh_token: [canary('twice'), canary('twice')] }, c1)
  await refresh(world, c1, canary('refresh'))
  await refresh(world, c1, `rt_${canary('kid')}.a.1.${'A'.repeat(43)}`)
  await userInfo(world, canary('bearer'))
  await userInfo(world, `at_${canary('opaque')}`)
  await userInfo(world, `eyJhbGciOiJub25lIn0.${Buffer.from(canary('jwt')).toString('base64url')}.AA`)
  const send = (path: string, init: RequestInit = {}) => world.send(path, init)
  const headers = { authorization: basic(canary('name'), canary('basic')) }
  await send('/token', { method: 'POST', headers, body: parameters({ grant_type: 'client_credentials' }) })
  await send('/token', {
    method: 'POST',
    headers: { authorization: `Bearer ${canary('scheme')}` },
    body: parameters({}),
  })
  for (const path of ['/token', '/revoke', '/introspect', '/userinfo', '/authorize', '/logout', '/nowhere', '/login']) {
    await send(`${path}?code=${canary('query')}&access_token=${canary('query')}&state=${canary('query')}`)
    await send(`${path}?id_token_hint=${canary('query')}`, { method: 'POST', body: canary('body') })
    const json = { 'content-type': 'application/json' }
    await send(path, { method: 'POST', headers: json, body: JSON.stringify({ password: canary('json') }) })
    await send(path, { headers: { cookie: `signet-session=${canary('cookie')}; signet-browser=${canary('cookie')}` } })
    await send(path, { method: 'PUT', headers: { authorization: `Bearer ${canary('put')}` } })
  }
  await send(`/authorize?client_id=${c1.id}&redirect_uri=https://evil.test/${canary('redirect')}`)
  await send(authorizeUrl(world, c1, { id_token_hint: canary('hint-token'), claims: `{"x":"${canary('claims')}` }).href)
  await send('/token', { method: 'POST', body: new URLSearchParams({ client_secret: canary('huge').repeat(5000) }) })
  const tokens = await signIn(world, { client: c2 })
  await revoke(world, c1, tokens.access)
}
