import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, startBrowser } from '#test/support/browser.ts'
import { aDevHome, type DevHome, type DevProcess, passwordIn, startDev } from '#test/support/dev-process.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const run = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`

/** Set to a folder to look at every page that the browser came by. */
const pictures = process.env.SIGNET_TEST_SCREENSHOTS

/** Whether the machine had a core to spare: the promise of 3 s is for such a one. */
const isQuiet = (loadavg()[0] ?? 0) < availableParallelism() / 2

let home: DevHome
let dev: DevProcess
let password: string

beforeAll(async () => {
  home = await aDevHome()
  dev = await startDev(home)
  password = passwordIn(dev.output()) ?? ''
})
afterAll(async () => {
  dev?.process.kill('SIGTERM')
  await dev?.ended
  home?.forget()
})

async function reachable(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

describe('signet dev on an empty machine', { timeout: 60_000 }, () => {
  test('says what to open, and with which name and password, within seconds', () => {
    console.info(`ready after ${dev.seconds.toFixed(2)} s`)
    expect(dev.output()).toContain(home.app)
    expect(dev.output()).toMatch(/Username\s+demo/)
    expect(password).not.toBe('')
    expect(dev.seconds).toBeLessThan(isQuiet ? 3 : 30)
  })

  test('keeps the secret of the sample app to its owner', () => {
    const { mode } = statSync(join(home.directory, 'data/sample-app.secret'))

    expect(mode & 0o777).toBe(0o600)
    expect(dev.output()).not.toContain(readFileSync(join(home.directory, 'data/sample-app.secret'), 'utf8').trim())
  })

  test('is ready in all its parts', async () => {
    expect((await fetch(home.health)).status).toBe(200)
    expect((await fetch(`${home.issuer}/.well-known/openid-configuration`)).status).toBe(200)
    expect((await fetch(`${home.api}/notes`)).status).toBe(401)
  })

  test('names the port that is in use, and the flag for another', async () => {
    const other = await aDevHome()
    const port = Number(new URL(other.app).port)
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
    try {
      await expect(startDev(other)).rejects.toThrow(new RegExp(`Port ${port} is in use.*sample app[\\s\\S]*--app-port`))
      expect(existsSync(join(other.directory, 'data'))).toBe(false)
    } finally {
      squatter.close()
      other.forget()
    }
  })
})

describe.skipIf(noBrowser)('a person at the sample app, in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await startBrowser({ whole: true })
    page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterAll(() => browser?.close())

  /** What axe-core (WCAG 2.2 AA) finds on the page, light and dark, with a picture of each where they are wanted. */
  async function look(name: string): Promise<void> {
    await page.evaluate(axe)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = (await page.evaluate(run)) as AxeResults
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
    }
    if (!pictures) return
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
  }

  const claim = (card: string, name: string) => page.locator(`#${card} [data-claim="${name}"]`).textContent()

  test('signs in, consents, and sees what the API said', async () => {
    await page.goto(home.app)
    await look('1-welcome')
    await page.click('#sign-in')
    await look('2-sign-in')
    await page.fill('[name=username]', 'demo')
    await page.fill('[name=password]', password)
    await page.click('#login')
    await page.waitForSelector('#approve')
    expect(await page.textContent('body')).toContain('Read your notes')
    await look('3-consent')
    await page.click('#approve')

    await page.waitForURL(`${home.app}/`)
    expect(await page.textContent('h1')).toBe('Hello, Demo Person')
    expect(await page.textContent('#api-status')).toBe('API: 200')
    expect(await claim('access-token', 'aud')).toContain(home.api)
    await look('4-signed-in')
  })

  test('refreshes, and the API accepts the new token', async () => {
    const before = await claim('access-token', 'jti')

    await page.click('#refresh')
    await page.waitForURL(`${home.app}/`)

    expect(await claim('access-token', 'jti')).not.toBe(before)
    expect(await page.textContent('#api-status')).toBe('API: 200')
    await page.click('summary')
    await look('5-refreshed')
  })

  test('signs out, and is asked for the password again', async () => {
    await page.click('#sign-out')
    await page.waitForURL(`${home.app}/signed-out`)
    await look('6-signed-out')

    await page.click('text=Sign in again')
    await page.waitForSelector('[name=password]')
    await look('7-asked-again')
    expect(complaints).toEqual([])
  })

  test('comes back after a restart: same password, same secret, no password printed', async () => {
    const secret = readFileSync(join(home.directory, 'data/sample-app.secret'), 'utf8')
    dev.process.kill('SIGTERM')
    expect(await dev.ended).toBe(0)
    expect(await Promise.all([home.issuer, home.app, home.api].map(reachable))).toEqual([false, false, false])

    dev = await startDev(home)
    expect(passwordIn(dev.output())).toBeUndefined()
    expect(dev.output()).toContain('signet users set-password demo')
    expect(readFileSync(join(home.directory, 'data/sample-app.secret'), 'utf8')).toBe(secret)

    await page.goto(`${home.app}/sign-in`)
    await page.fill('[name=username]', 'demo')
    await page.fill('[name=password]', password)
    await page.click('#login')
    await page.waitForURL(`${home.app}/`)
    expect(await page.textContent('#api-status')).toBe('API: 200')
  })

  test('is signed out by the back channel when the person signs out at the provider', async () => {
    const elsewhere = await page.context().newPage()
    await elsewhere.goto(home.issuer)
    await elsewhere.click('#logout')
    await elsewhere.waitForSelector('text=You are signed out')
    await expect.poll(async () => (await page.goto(home.app)) && (await page.locator('#sign-in').count())).toBe(1)
  })

  test('takes nobody else’s word for it', async () => {
    for (const body of ['', 'logout_token=a.b.c', 'logout_token=']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      expect((await fetch(`${home.app}/backchannel-logout`, { method: 'POST', headers, body })).status).toBe(400)
    }
  })
})

describe('how signet dev ends', { timeout: 60_000 }, () => {
  test.skipIf(process.platform !== 'linux')('reports a sample that died, and goes on', async () => {
    const other = await aDevHome()
    const running = await startDev(other)
    try {
      process.kill(childNamed(running, 'sample-api'), 'SIGKILL')

      await expect.poll(() => running.output(), { timeout: 10_000 }).toMatch(/The sample API ended by SIGKILL/)
      expect((await fetch(other.health)).status).toBe(200)
    } finally {
      running.process.kill('SIGINT')
      expect(await running.ended).toBe(130)
      other.forget()
    }
  })

  test('leaves no sample behind when it is killed', async () => {
    const other = await aDevHome()
    const running = await startDev(other)

    running.process.kill('SIGKILL')

    await expect
      .poll(() => Promise.all([other.app, other.api].map(reachable)), { timeout: 10_000 })
      .toEqual([false, false])
    other.forget()
  })
})

/** The process id of a sample that this `signet dev` started. */
function childNamed({ process: parent }: DevProcess, name: string): number {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim().split(' ')
  const found = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name))
  return Number(found)
}
