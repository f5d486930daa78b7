import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aProvider } from '#test/support/provider.ts'
import { snippetsOf } from './snippets.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-guides-'))
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
const provider = await aProvider()
const [port] = await freePorts(1)
const home = `http://127.0.0.1:${port}`
let child: ChildProcess | undefined

afterAll(async () => {
  child?.kill()
  await provider.close()
  rmSync(folder, { recursive: true })
})

/** Runs the guide's program until it answers. */
async function startWebApp(client: { readonly id: string; readonly secret: string }): Promise<void> {
  const file = join(folder, 'web_app.mjs')
  writeFileSync(file, snippetsOf('sign-in-from-an-app.md').get('web_app.mjs') ?? '')
  const env = { ISSUER: provider.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret, PORT: `${port}` }
  child = spawn(process.execPath, [file], { env, stdio: 'inherit' })
  while (!(await fetch(home).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error('the web app of the guide ended')
    await new Promise((again) => setTimeout(again, 50))
  }
}

test('a person signs in at the web app of the guide', async () => {
  const redirectUris = [`${home}/callback`]
  await startWebApp(await provider.client({ redirectUris, scopes: ['openid', 'profile'] }))

  const person = provider.person([home])
  const page = await person.follow(`${home}/sign-in`)

  expect(page.url.href).toMatch(new RegExp(`^${home}/callback\\?`))
  expect(JSON.parse(page.text)).toEqual({ hello: provider.sub })

  const again = await fetch(page.url)
  expect(again.status).toBe(400)
  expect(await again.text()).toBe('Start again.')
})
