import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, expect, test } from 'vitest'
import { signIn } from '#test/security/support/steps.ts'
import { theWorld } from '#test/security/support/world.ts'
import { aLogoutReceiver } from '#test/support/logout-receiver.ts'
import { snippetsOf } from './snippets.ts'

type Read = (logoutToken: string) => Promise<{ readonly sid: string; readonly sub: string }>
type Snippet = { logoutTokenReader(of: { issuer: string; jwks_uri: string; clientId: string }): Read }

const folder = mkdtempSync(join(tmpdir(), 'signet-guides-'))
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
const receiver = await aLogoutReceiver()
const world = await theWorld({ flags: { 'outbound.allow': 'localhost' } })
afterAll(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true })
})

test("the guide's function reads a logout token, and takes no ID token for one", async () => {
  const file = join(folder, 'logout_token.mjs')
  writeFileSync(file, snippetsOf('sign-out.md').get('logout_token.mjs') ?? '')
  const { logoutTokenReader } = (await import(file)) as Snippet
  const { server, issuer } = world
  await server.clients.update('c1', { backchannelLogout: { uri: receiver.uri } }, 'test')
  const tokens = await signIn(world)
  await tokens.person.browser.open(`${issuer}/logout?id_token_hint=${tokens.id}`)
  await server.sendLogouts()

  const read = logoutTokenReader({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json`, clientId: 'c1' })
  const { sid, sub } = decodeJwt(tokens.id)
  const [told = ''] = receiver.tokens()
  expect(await read(told)).toEqual({ sid, sub })
  await expect(read(tokens.id)).rejects.toThrow('typ')
  await expect(read(`${told.slice(0, -8)}AAAAAAAA`)).rejects.toThrow('signature')
})
