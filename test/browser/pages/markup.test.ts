import { describe, expect, test } from 'vitest'
import { assetPaths, assets } from '#pages/assets.ts'
import { formPostPage } from '#pages/form-post-page.ts'
import { html } from '#pages/html.ts'
import { difference } from '#pages/redirect-mismatch.ts'
import { type SignInPageProps, signInPage } from '#pages/sign-in-page.ts'
import { isOwnPath, pictureSource, webAddress } from '#pages/web-address.ts'
import { words } from '#pages/words.ts'
import { addressPayloads } from '#test/support/markup-payloads.ts'
import { samples, signIn, site } from './samples.ts'

describe('what password managers, scripts and tests rely on', () => {
  test('the username and password fields keep their names, ids and autocomplete tokens', () => {
    const page = signInPage(signIn)

    expect(attributes(page, 'username')).toMatchObject({
      name: 'username',
      type: 'text',
      inputmode: 'email',
      autocomplete: 'username webauthn',
      autocapitalize: 'none',
      autocorrect: 'off',
      spellcheck: 'false',
      enterkeyhint: 'next',
    })
    expect(attributes(page, 'password')).toMatchObject({
      name: 'password',
      type: 'password',
      autocomplete: 'current-password',
      enterkeyhint: 'go',
    })
    expect(page).toMatch(/<label for="username">.*<label for="password">/s)
  })

  test('on reauthentication the name is fixed, and still there for the password manager', () => {
    const page = signInPage({ ...signIn, reauthentication: { username: 'mara' } })

    const username = attributes(page, 'username')
    expect(username).toMatchObject({ name: 'username', value: 'mara', autocomplete: 'username webauthn' })
    expect(username).toHaveProperty('readonly')
    expect(attributes(page, 'switch')).toMatchObject({ name: 'action', value: 'switch' })
  })

  test.each([
    ['sign-in', { login: 'login', deny: 'deny' }],
    ['sign-in-again', { login: 'login', deny: 'deny', switch: 'switch' }],
    ['consent', { approve: 'approve', deny: 'deny', switch: 'switch' }],
    ['select-account', { continue: 'continue', switch: 'switch', deny: 'deny' }],
    ['logout-confirm', { logout: 'logout', stay: 'stay' }],
    ['home-signed-in', { logout: 'logout' }],
  ])('%s has its buttons, each saying what it does', (name, buttons: Record<string, string>) => {
    for (const [id, value] of Object.entries(buttons)) {
      expect(attributes(sample(name), id)).toMatchObject({ name: 'action', value })
    }
  })

  test('every form of ours posts and carries the token', () => {
    for (const [name, page] of samples) {
      if (name.endsWith('form-post')) continue
      const forms = page.match(/<form .*?<\/form>/gs) ?? []
      for (const form of forms) expect(form, name).toMatch(/method="post".*name="csrf" value="token-of-this-form"/s)
    }
  })

  test('the username is kept and the password never given back', () => {
    const page = signInPage({ ...signIn, username: 'mara', error: { kind: 'wrong' } })

    expect(attributes(page, 'username')).toMatchObject({ value: 'mara' })
    expect(attributes(page, 'password')).not.toHaveProperty('value')
  })
})

describe('errors in words', () => {
  test.each<[SignInPageProps['error'], string, string[]]>([
    [{ kind: 'wrong' }, 'The username or password is incorrect', ['username', 'password']],
    [{ kind: 'throttled', retryAfter: 230 }, 'Try again in 4 minutes', []],
    [{ kind: 'throttled', retryAfter: 1 }, 'Try again in 1 second', []],
    [{ kind: 'throttled', retryAfter: 86_400 }, 'Try again in 24 hours', []],
    [{ kind: 'busy' }, 'have not checked your password', []],
    [{ kind: 'missing_username' }, 'Enter your username', ['username']],
    [{ kind: 'missing_password' }, 'Enter your password', ['password']],
    [{ kind: 'too_long' }, 'longer than any we accept', ['username', 'password']],
  ])('%o is told and tied to its fields', (error, message, fields) => {
    const page = signInPage({ ...signIn, error })

    expect(page).toContain('<title>Error: Sign in · Signet</title>')
    expect(page).toMatch(new RegExp(`role="alert"><a href="#(username|password)" id="fault">.*${message}`))
    for (const field of ['username', 'password']) {
      const marked = { 'aria-invalid': 'true', 'aria-describedby': 'fault' }
      const found = attributes(page, field)
      if (fields.includes(field)) expect(found).toMatchObject(marked)
      else expect(found).not.toHaveProperty('aria-invalid')
    }
  })

  test('titles say where one is', () => {
    expect(sample('sign-in')).toContain('<title>Sign in · Signet</title>')
    expect(sample('consent')).toContain('<title>Allow access · Signet</title>')
    expect(sample('error')).toContain('<title>Error: This request cannot continue · Signet</title>')
  })

  test('the error page shows code, parameter and request id as text', () => {
    const text = sample('error').replace(/<[^>]*>/g, ' ')

    for (const word of ['invalid_request', 'redirect_uri', 'req-7Q2m4VxK9d']) expect(text).toContain(word)
  })

  test('a redirect URI that matched none is shown against the nearest, with the difference marked', () => {
    const page = sample('error-mismatch')

    expect(page).toContain('<code>https://photos.example.com/callback<mark>/</mark></code>')
    expect(page.indexOf('callback</code></li>')).toBeLessThan(page.indexOf('localhost:8080'))
    expect(difference('https://a.example/cb', 'http://a.example/cb').differs).toBe('s')
    expect(difference('aa', 'aaa')).toEqual({ before: 'aa', differs: '', after: '' })
    expect(difference('aaa', 'aa').differs).toBe('a')
  })
})

describe('consent', () => {
  test('what is new is marked only where something was allowed before', () => {
    expect(sample('consent')).not.toContain(`>${words.consent.fresh}<`)
    expect(sample('consent-renewed').match(/>New</g)).toHaveLength(2)
  })

  test('an app on this device and an unverified one are called what they are', () => {
    expect(sample('consent-device')).toContain('app on this device')
    expect(sample('consent-device')).not.toContain('photos.example.com</bdi>.')
    expect(sample('consent-unverified')).toContain('has not verified this app')
    expect(sample('consent')).toContain('will not see your password')
  })
})

describe('what is linked', () => {
  test('assets carry their content hash, and no page links anything else', () => {
    for (const path of Object.values(assetPaths)) {
      expect(path).toMatch(/^\/assets\/[a-z-]+\.[\w-]{12}\.(css|js|svg)$/)
      expect(assets.get(path)?.body.length).toBeGreaterThan(0)
    }
    for (const [name, page] of samples) {
      const linked = [...page.matchAll(/<(?:link|script|img)[^>]* (?:href|src)="([^"]*)"/g)].map((match) => match[1])
      const { sessionCheck: _ofOnePage, ...ofEveryPage } = assetPaths
      expect(new Set(linked), name).toEqual(new Set(Object.values(ofEveryPage)))
    }
  })

  test('an issuer with a path has its assets below that path', () => {
    const page = signInPage({ ...signIn, site: { ...site, basePath: '/tenant/' } })

    expect(page).toContain(`href="/tenant${assetPaths.style}"`)
    expect(() => signInPage({ ...signIn, site: { ...site, basePath: '//attacker.example' } })).toThrow(TypeError)
  })

  test('no page holds a script, a style or a handler of its own', () => {
    for (const [name, page] of samples)
      expect(page, name).not.toMatch(/<style|<script>|\sstyle=|\son[a-z]+=|javascript:/i)
  })

  test('the stylesheet stays small', () => {
    expect(assets.get(assetPaths.style)?.body.length).toBeLessThan(15_000)
    expect(assets.get(assetPaths.script)?.body.length).toBeLessThan(4_000)
  })

  test.each(addressPayloads)('%j is never an address', (payload) => {
    expect(webAddress(payload)).toBeUndefined()
    expect(isOwnPath(payload)).toBe(false)
    expect(pictureSource(payload)).toBeUndefined()
    expect(() => formPostPage({ site, action: payload, fields: {} })).toThrow(TypeError)
    expect(() => signInPage({ ...signIn, action: payload })).toThrow(TypeError)
  })

  test('only our own pictures are shown, since another site would learn who signs in', () => {
    const withLogo = (logoUri: string) => signInPage({ ...signIn, client: { ...signIn.client, logoUri } })

    expect(withLogo('/logos/photos.png')).toContain('src="/logos/photos.png"')
    expect(withLogo('data:image/png;base64,iVBORw0KGgo=')).toContain('src="data:image/png;base64,iVBORw0KGgo&#61;"')
    expect(withLogo('https://photos.example.com/logo.png')).not.toContain('logo.png')
    expect(withLogo('data:image/svg+xml;base64,PHN2Zz4=')).not.toContain('data:image')
  })
})

test('a template escapes every text, lists too, and passes markup alone', () => {
  const evil = '<b title="x">&\'</b>'
  const escaped = '&#60;b title&#61;&#34;x&#34;&#62;&#38;&#39;&#60;/b&#62;'

  expect(`${html`!${evil}${html`<i>${evil}</i>`}`}`).toBe(`!${escaped}<i>${escaped}</i>`)
  expect(`${html`${[html`<li>`, html`${evil}`]}${undefined}${false}${0}`}`).toBe(`<li>${escaped}0`)
  // @ts-expect-error a list of texts is not markup, and stays harmless where types do not reach
  expect(`${html`${[evil]}`}`).toBe(escaped)
})

function sample(name: string): string {
  const page = samples.get(name)
  if (page === undefined) throw new Error(`no sample named ${name}`)
  return page
}

/** The attributes of the one tag with this id. */
function attributes(page: string, id: string): Record<string, string> {
  const tags = page.match(/<[a-z][^>]*>/g)?.filter((tag) => tag.includes(` id="${id}"`)) ?? []
  expect(tags, `tags with id ${id}`).toHaveLength(1)
  const pairs = [...(tags[0] ?? '').matchAll(/ ([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}
