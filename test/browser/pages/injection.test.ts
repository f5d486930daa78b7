import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { consentPage } from '#pages/consent-page.ts'
import { errorPage } from '#pages/error-page.ts'
import { formPostPage } from '#pages/form-post-page.ts'
import { homePage } from '#pages/home-page.ts'
import { logoutConfirmPage } from '#pages/logout-confirm-page.ts'
import { selectAccountPage } from '#pages/select-account-page.ts'
import { signInPage } from '#pages/sign-in-page.ts'
import { signedOutPage } from '#pages/signed-out-page.ts'
import { startAgainPage } from '#pages/start-again-page.ts'
import { unavailablePage } from '#pages/unavailable-page.ts'
import { noBrowser } from '#test/support/browser.ts'
import { addressPayloads, textPayloads } from '#test/support/markup-payloads.ts'
import { target } from './samples.ts'
import { complaintsOf, startShown } from './shown.ts'

/** Every page with `evil` in every prop that somebody else can fill. */
function pagesWith(evil: string): readonly [string, string][] {
  const app = { name: evil, host: evil, logoUri: evil, policyUri: evil, tosUri: evil }
  const account = { username: evil, email: `${evil} ` }
  const client = { name: evil, uri: evil }
  const frame = { site: { name: evil }, action: target.action, csrf: evil }
  const scope = { isNew: true, sensitive: true }
  const scopes = [
    { ...scope, name: evil },
    { ...scope, name: 'x', sentence: evil },
  ]
  const detail = { received: evil, registered: [evil, `${evil}/`, 'https://app.example/'], command: evil }
  return [
    ['sign-in', signInPage({ ...frame, client: app, username: evil })],
    ['sign-in-again', signInPage({ ...frame, client: app, reauthentication: account })],
    [
      'consent',
      consentPage({ ...frame, client: { ...app, standing: 'unverified', onThisDevice: false }, account, scopes }),
    ],
    ['select-account', selectAccountPage({ ...frame, client: app, account })],
    ['logout-confirm', logoutConfirmPage({ ...frame, account, client })],
    ['signed-out', signedOutPage({ site: frame.site, client })],
    ['start-again', startAgainPage({ site: frame.site, reason: 'expired', client, requestId: evil })],
    [
      'error',
      errorPage({
        ...frame,
        title: evil,
        code: evil,
        description: evil,
        parameter: evil,
        requestId: evil,
        client,
        detail,
      }),
    ],
    ['unavailable', unavailablePage({ site: frame.site, requestId: evil, retry: evil })],
    ['home', homePage({ site: frame.site, discovery: '/x', session: { ...target, csrf: evil, account } })],
    ['form-post', formPostPage({ site: frame.site, action: 'http://127.0.0.1:9/', fields: { [evil]: evil } })],
  ]
}

/** The tags of a page with the names of their attributes: what a payload must not be able to change. */
const skeleton = `(page) => [...new DOMParser().parseFromString(page, 'text/html').querySelectorAll('*:not(mark)')]
  .map((one) => [one.localName, ...one.getAttributeNames()].join(' '))
  .join('\\n')`

/** Every address in a page, as the browser would follow it. */
const addresses = `(page) => [...new DOMParser().parseFromString(page, 'text/html').querySelectorAll('[href], [src], [action], [formaction], [data], [srcdoc]')]
  .map((one) => new URL(one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action') ?? 'bad:', 'http://own.example/').href)`

/** What a function that runs in the browser makes of each page, by name. */
async function ofEach<T>(page: Page, look: string, pages: readonly (readonly [string, string])[]) {
  const all = (await page.evaluate(`${JSON.stringify(pages.map(([, text]) => text))}.map(${look})`)) as T[]
  return pages.map(([name], at) => [name, all[at] as T] as const)
}

describe.skipIf(noBrowser)('texts and addresses of others stay inert (E06, E07)', () => {
  const shown = startShown()

  test('no text changes the structure of any page', async () => {
    const page = await shown.browser.newPage()
    const expected = await ofEach(page, skeleton, pagesWith('Harmless'))

    for (const payload of [...textPayloads, ...addressPayloads]) {
      const found = await ofEach(page, skeleton, pagesWith(payload))
      expect(found, `with ${JSON.stringify(payload)}`).toEqual(expected)
    }
    await page.close()
  })

  test('no address leads anywhere but to pages of ours', async () => {
    const page = await shown.browser.newPage()

    for (const payload of [...addressPayloads, ...textPayloads]) {
      for (const [name, found] of await ofEach<string[]>(page, addresses, pagesWith(payload))) {
        const foreign = found.filter((url) => !url.startsWith('http://own.example/') && url !== 'http://127.0.0.1:9/')
        expect(foreign, `${name} with ${JSON.stringify(payload)}`).toEqual([])
      }
    }
    await page.close()
  })

  test('nothing runs where a browser shows them, even without our policy', { timeout: 120_000 }, async () => {
    const page = await (await shown.browser.newContext({ bypassCSP: true })).newPage()
    const complaints = complaintsOf(page, shown.host.origin)

    // Every page with all of them at once, and each alone on one page in turn: the structure of all is checked above.
    const everything = [...textPayloads, ...addressPayloads]
    const alone = everything.flatMap((payload, turn) =>
      pagesWith(payload).filter((_, index, all) => index === turn % all.length),
    )
    for (const [name, poisoned] of [...pagesWith(everything.join(' ')), ...alone]) {
      await page.goto(shown.host.show(poisoned.replace(' data-auto', '')))
      expect(await page.evaluate('window.pwned'), name).toBeUndefined()
      expect(complaints, name).toEqual([])
    }
    await page.close()
  })

  test('the check above would see a payload run', async () => {
    const page = await (await shown.browser.newContext({ bypassCSP: true })).newPage()

    await page.goto(shown.host.show('<p><script>window.pwned=1</script>'))

    expect(await page.evaluate('window.pwned')).toBe(1)
    await page.close()
  })
})
