import { describe, expect, test } from 'vitest'
import { addressPayloads, textPayloads } from '#test/support/markup-payloads.ts'
import { changed, postReady, readyForm } from './support/forms.ts'
import { expectNothingForeign, expectPagePolicy } from './support/page-policy.ts'
import { authorizeUrl, cookiesOf, getCode, personOf } from './support/steps.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld({ isDevelopment: true })
const { c1, u1, u2, server } = world
const payloads = [...textPayloads, ...addressPayloads]
const harmless = 'harmless'

/** The markup alone: every tag with its attributes' names, no texts and no values. */
function skeletonOf(html: string): string {
  const tags = html.match(/<\/?[a-z!][^\s>]*(?:\s+[^\s"=>]+(?:="[^"]*")?)*\s*\/?>/gi) ?? []
  return tags.map((tag) => tag.replace(/="[^"]*"/g, '=""')).join('')
}

/** What a stranger wrote adds no tag, no attribute and no script: the page is the harmless one with another text. */
async function expectInert(show: (text: string) => Promise<Answer>, texts = payloads): Promise<void> {
  const plain = await show(harmless)
  const skeleton = skeletonOf(plain.text)
  expect(skeleton).toContain('<main')
  for (const text of texts) {
    const answer = await show(text)
    expect(answer.status, text).toBe(plain.status)
    expect(skeletonOf(answer.text), text).toBe(skeleton)
    expect(answer.text.split('<').length, text).toBe(plain.text.split('<').length)
    expectPagePolicy(
      answer,
      (/form-action ([^;]*)/.exec(plain.headers.get('content-security-policy') ?? '') ?? [])[1] ?? '',
      text,
    )
    for (const [, address = ''] of answer.text.matchAll(/\b(?:href|src|action|formaction)="([^"]*)"/g)) {
      expect(address, text).toMatch(/^(\/[^/\\]|\/$|https?:\/\/[a-z0-9.]+\.test[/:]|#|data:image\/png)/)
    }
  }
}

/** Follows a request to the page that it leads to, at a browser of its own. */
async function shownFor(changes: Record<string, string>): Promise<Answer> {
  const page = await personOf(world, u1).browser.open(authorizeUrl(world, c1, changes))
  const { status, headers, text } = page
  return { status, headers, text, json: {}, location: undefined }
}

describe('E06 what stands in a request becomes text', () => {
  test.each(['login_hint', 'ui_locales', 'state', 'nonce', 'acr_values'])(
    'E06 %s on the sign-in page',
    async (name) => {
      await expectInert((text) => shownFor({ [name]: text }))
    },
  )

  test('E06 a login_hint comes back as it was sent, as a value', async () => {
    for (const text of textPayloads) {
      const page = await personOf(world, u1).browser.open(authorizeUrl(world, c1, { login_hint: text }))
      const shown = readyForm(page, 'login').body.get('username')
      expect(shown?.replaceAll('\r\n', '\n')).toBe(text.slice(0, 254))
    }
  })

  test.each(['client_id', 'redirect_uri', 'state', 'response_type', 'x"><script>'])(
    'E06 %s on the error page',
    async (name) => {
      const base = name === 'state' || name === 'response_type' ? { redirect_uri: 'https://evil.test' } : {}
      await expectInert((text) =>
        shownFor({ ...base, [name]: text, ...(name.startsWith('x') && { client_id: 'nobody' }) }),
      )
    },
  )

  test.each(['prompt', 'scope', 'claims', 'resource', 'response_mode', 'max_age', 'code_challenge_method'])(
    'E06 %s in an error that goes to the app is ASCII of ours',
    async (name) => {
      for (const text of payloads) {
        const { location, status } = await world.send(authorizeUrl(world, c1, { [name]: text }))
        expect(status, text).toBe(303)
        const described = location?.searchParams.get('error_description') ?? ''
        expect(described, text).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
        if (location?.origin !== world.issuer) expect(location?.href.split('?')[0]).toBe(c1.redirectUri)
        expect(described, text).not.toContain('pwned')
      }
    },
  )

  test('E06 a name that was typed, and its error', async () => {
    const person = personOf(world, u1)
    const form = readyForm(await person.browser.open(authorizeUrl(world, c1)), 'login', { password: '' })
    const cookie = cookiesOf(world, person)
    await expectInert((username) => postReady(world, changed(form, { username }), { cookie }))
    await expectInert((csrf) => postReady(world, changed(form, { csrf }), { cookie }))
    await expectInert((action) => postReady(world, changed(form, { action, username: 'x' }), { cookie }))
  })

  test('E06 state and redirect on the form_post page', async () => {
    const { person } = await getCode(world)
    const cookie = cookiesOf(world, person)
    const ask = (changes: Record<string, string>) =>
      world.send(authorizeUrl(world, c1, { response_mode: 'form_post', ...changes }), { headers: { cookie } })
    await expectInert((state) => ask({ state }))
    await expectInert((state) => ask({ state, prompt: 'none', scope: 'openid', max_age: 'x' }))
  })

  test('E06 sign-out: state, client, address', async () => {
    const { person } = await getCode(world)
    const cookie = cookiesOf(world, person)
    for (const name of [
      'state',
      'client_id',
      'post_logout_redirect_uri',
      'id_token_hint',
      'logout_hint',
      'ui_locales',
    ]) {
      await expectInert((text) =>
        world.send(`/logout?${new URLSearchParams({ [name]: text })}`, { headers: { cookie } }),
      )
      await expectInert((text) => world.send(`/logout?${new URLSearchParams({ [name]: text })}`))
    }
  })

  test('E06 addresses that do not exist, and ids that nobody has', async () => {
    const accept = { accept: 'text/html' }
    await expectInert((text) => world.send(`/${encodeURIComponent(text)}`, { headers: accept }))
    for (const path of ['/login', '/consent', '/select-account', '/authorize/continue']) {
      await expectInert((text) => world.send(`${path}?id=${encodeURIComponent(text)}`, { headers: accept }))
    }
  })

  test('E06 headers that strangers write: agent, referrer, language, request id', async () => {
    await expectInert(async (text) => {
      const safe = encodeURI(text).replace(/[^\x20-\x7e]/g, '?')
      const headers = {
        'user-agent': safe,
        referer: safe,
        'accept-language': safe,
        'x-request-id': safe,
        'x-forwarded-host': safe,
      }
      return world.send('/login?id=x', { headers })
    })
  })
})

describe('E07 what an operator stored becomes text', () => {
  test('E07 the name of a client, on every page that shows it', async () => {
    const made = await server.clients.create(
      {
        id: 'named',
        name: harmless,
        redirectUris: ['https://named.test/cb'],
        postLogoutRedirectUris: ['https://named.test/bye'],
      },
      'test',
    )
    const named = { ...c1, id: made.client.id, redirectUri: 'https://named.test/cb' }
    const rename = (name: string) =>
      server.clients.update('named', { name }, 'test').then(
        () => true,
        () => false,
      )
    const texts: string[] = []
    for (const text of payloads) if (await rename(text)) texts.push(text)
    expect(texts.length).toBeGreaterThan(20)
    const { person } = await getCode(world, { user: u2 })
    const cookie = cookiesOf(world, person)
    const pages = [
      authorizeUrl(world, named, { prompt: 'login' }),
      authorizeUrl(world, named, { prompt: 'consent' }),
      authorizeUrl(world, named, { prompt: 'select_account' }),
      new URL(`/logout?client_id=named`, world.issuer),
    ]
    for (const url of pages) {
      await expectInert(async (name) => {
        await rename(name)
        const page = await person.browser.open(url)
        expectNothingForeign(page)
        return { ...page, json: {}, location: undefined }
      }, texts)
    }
    expect(cookiesOf(world, person)).toBe(cookie)
  })

  test('E07 addresses that run script or lead elsewhere are never registered', async () => {
    const fields = ['clientUri', 'logoUri', 'policyUri', 'tosUri'] as const
    for (const uri of [...addressPayloads, ...textPayloads]) {
      for (const field of fields) {
        await expect(
          server.clients.create({ name: 'x', redirectUris: ['https://x.test/cb'], [field]: uri }, 'test'),
          `${field} ${uri}`,
        ).rejects.toThrow()
        await expect(server.clients.update('c1', { [field]: uri }, 'test'), `${field} ${uri}`).rejects.toThrow()
      }
      for (const field of ['redirectUris', 'postLogoutRedirectUris']) {
        await expect(server.clients.update('c1', { [field]: [uri] }, 'test'), `${field} ${uri}`).rejects.toThrow()
        await expect(server.clients.update('p1', { [field]: [uri] }, 'test'), `${field} ${uri}`).rejects.toThrow()
      }
    }
  })

  test("E07 a foreign logo is not loaded, and an API's sentence and a person's name are text", async () => {
    await server.clients.update(
      'c1',
      { logoUri: 'https://evil.test/logo.png', policyUri: 'https://c1.test/"><script>'.replace(/["<>]/g, '') },
      'test',
    )
    const scopes = new Map([['evil:read', '<script>window.pwned=1</script>']])
    await server.apis.create({ audience: 'https://evil.test', scopes }, 'test')
    await server.clients.update('c1', { scopes: ['openid', 'evil:read'] }, 'test')
    await server.users
      .create({ username: '<img src=x onerror=window.pwned=1>', email: 'a"<b>@x.test' }, 'a-long-password', 'test')
      .catch(() => undefined)
    const person = personOf(world, u1)
    const page = await person.signIn(
      await person.browser.open(authorizeUrl(world, c1, { scope: 'openid evil:read', prompt: 'consent' })),
    )
    expect(page.text).toContain('&#60;script')
    expectNothingForeign(page)
    expect(page.text).not.toContain('evil.test/logo')
  })
})
