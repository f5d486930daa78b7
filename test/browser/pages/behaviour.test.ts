import { describe, expect, test } from 'vitest'
import { formPostPage } from '#pages/form-post-page.ts'
import { noBrowser } from '#test/support/browser.ts'
import { samples, site } from './samples.ts'
import { complaintsOf, startShown } from './shown.ts'

describe.skipIf(noBrowser)('pages in a browser, under the strict policy', () => {
  const shown = startShown()
  const show = (name: string) => shown.host.show(samples.get(name) ?? '')
  const formPost = () =>
    shown.host.show(
      formPostPage({ site, action: `${shown.host.origin}/callback`, fields: new Map([['code', '"<&>=+ é']]) }),
    )

  test('no page breaks the policy, complains, or asks another host for anything', async () => {
    const page = await shown.browser.newPage()
    const complaints = complaintsOf(page, shown.host.origin)

    for (const [name, sample] of samples) {
      await page.goto(shown.host.show(sample.replace(' data-auto', '')))
      expect(complaints, name).toEqual([])
    }
    await page.close()
  })

  test('the check above would see a breach', async () => {
    const page = await shown.browser.newPage()
    const complaints = complaintsOf(page, shown.host.origin)

    await page.goto(shown.host.show('<p style="color: red"><img src="http://127.0.0.1:9/x.png"><script>1</script>'))

    expect(complaints.length).toBeGreaterThanOrEqual(3)
    await page.close()
  })

  test.each([true, false])('forms say what was typed and pressed (scripts: %s)', async (javaScriptEnabled) => {
    const context = await shown.browser.newContext({ javaScriptEnabled })
    const page = await context.newPage()
    await page.goto(show('sign-in'))
    await page.fill('#username', 'mara')
    await page.fill('#password', 'a long enough password')
    await page.press('#password', 'Enter')
    await page.goto(show('consent'))
    await page.click('#approve')
    await page.goto(show('sign-in-again'))
    await page.click('#switch')
    await page.goto(show('sign-in'))
    await page.click('#deny')

    await expect
      .poll(() => shown.host.posts().map((post) => Object.fromEntries(post)))
      .toEqual([
        { csrf: 'token-of-this-form', username: 'mara', password: 'a long enough password', action: 'login' },
        { csrf: 'token-of-this-form', action: 'approve' },
        { csrf: 'token-of-this-form', action: 'switch' },
        { csrf: 'token-of-this-form', username: '', password: '', action: 'deny' },
      ])
    await context.close()
  })

  test('a double click submits once', async () => {
    const page = await shown.browser.newPage()
    await page.goto(show('consent'))

    await page.dblclick('#approve')
    await page.click('#deny')
    await page.evaluate("fetch('/sent', { method: 'POST', body: 'last=1' })").catch(() => undefined)

    expect(shown.host.posts().map((post) => post.get('action'))).toEqual(['approve'])
    await page.close()
  })

  test('the password can be shown, is announced, and is hidden again when it is sent', async () => {
    const page = await shown.browser.newPage()
    await page.goto(show('sign-in'))
    await page.fill('#password', 'secret')

    await page.click('button[data-reveal]')
    expect(await page.getAttribute('#password', 'type')).toBe('text')
    expect(await page.getAttribute('button[data-reveal]', 'aria-label')).toBe('Hide password')
    expect(await page.textContent('[data-reveal-status]')).toBe('Your password is visible')

    await page.click('#login')
    expect(await page.getAttribute('#password', 'type')).toBe('password')
    expect(shown.host.posts()[0]?.get('password')).toBe('secret')
    await page.close()
  })

  test('without scripts nothing is offered that needs one', async () => {
    const context = await shown.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    for (const [name, sample] of samples) {
      await page.goto(shown.host.show(sample))
      expect(await page.locator('button[type=button]:visible').count(), name).toBe(0)
    }
    await context.close()
  })

  test('the request id is copied', async () => {
    const context = await shown.browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
    const page = await context.newPage()
    await page.goto(show('error'))

    await page.click('button[data-copy]')
    await page.getByText('Copied').waitFor()

    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('req-7Q2m4VxK9d')
    await context.close()
  })

  test('the form_post answer sends itself, as it is, once', async () => {
    const page = await shown.browser.newPage()
    await page.goto(formPost())
    await page.waitForURL('**/callback')

    expect(shown.host.posts().map((post) => post.get('code'))).toEqual(['"<&>=+ é'])
    await page.close()
  })

  test('coming back to a form_post answer does not send its code again', async () => {
    const page = await shown.browser.newPage()
    await page.route('**/*.js', (route) => route.abort())
    await page.goto(formPost())
    await page.click('#continue')
    await page.waitForURL('**/callback')
    await page.unroute('**/*.js')

    const script = page.waitForResponse('**/*.js')
    await page.goBack()
    await script
    await page.locator('#continue').waitFor({ state: 'visible' })

    expect(shown.host.posts()).toHaveLength(1)
    await page.close()
  })

  test('the form_post answer has a button in sight where scripts do not run', async () => {
    const context = await shown.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(formPost())

    await page.click('#continue')
    await page.waitForURL('**/callback')

    expect(shown.host.posts().map((post) => post.get('code'))).toEqual(['"<&>=+ é'])
    await context.close()
  })

  test.each([
    ['sign-in', 'username'],
    ['sign-in-wrong', 'password'],
    ['sign-in-missing-username', 'username'],
    ['sign-in-missing-password', 'password'],
    ['sign-in-again', 'password'],
  ])('%s begins at %s', async (name, field) => {
    const page = await shown.browser.newPage()
    await page.goto(show(name))

    expect(await page.evaluate('document.activeElement.id')).toBe(field)
    await page.close()
  })
})
