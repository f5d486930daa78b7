import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addClientOptions } from '#cli/client-options.ts'
import { textPayloads } from '#test/support/markup-payloads.ts'
import { authorizeUrl } from './support/steps.ts'
import { aWorld, theWorld } from './support/world.ts'

const world = await theWorld({ isDevelopment: true })
const { c1, p1 } = world

/** The command that the page offers to copy; undefined where it offers none. */
async function commandFor(client: typeof c1, redirectUri: string): Promise<string | undefined> {
  const { status, text } = await world.send(authorizeUrl(world, client, { redirect_uri: redirectUri }))
  expect(status).toBe(400)
  const copied = [...text.matchAll(/data-copy="([^"]*)"/g)].map(([, value = '']) => value)
  const found = copied.find((value) => value.startsWith('signet'))
  return found?.replace(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)))
}

test('E06 the command that mends a redirect URI has flags that exist, and keeps the others', async () => {
  const command = await commandFor(c1, 'https://c1.test/new')
  expect(command).toBe("signet clients update c1 --redirect-uri 'https://c1.test/cb' 'https://c1.test/new'")
  const flags = addClientOptions(new Command()).options.map(({ long }) => long)
  for (const [flag] of command?.matchAll(/--[a-z-]+/g) ?? []) expect(flags).toContain(flag)
  expect(await commandFor(c1, "https://c1.test/it's")).toContain(`'https://c1.test/it'\\''s'`)
})

test('E06 no command is offered for what could not be registered: a flag, a shell, a script', async () => {
  const texts = [
    '--first-party',
    '-h',
    "' ; rm -rf / ; '",
    '$(id)',
    '`id`',
    'http://evil.test/cb',
    'https://a b',
    'x\n y',
    'https://c1.test/*',
  ]
  for (const text of [...texts, ...textPayloads]) {
    for (const client of [c1, p1]) expect(await commandFor(client, text), text).toBeUndefined()
  }
})

test('E19 nothing of it is shown in production', async () => {
  const production = await aWorld()
  const answer = await production.send(authorizeUrl(production, production.c1, { redirect_uri: 'https://c1.test/new' }))
  expect(answer.status).toBe(400)
  expect(answer.text).not.toContain('c1.test')
  expect(answer.text).not.toContain('signet clients')
  production.check()
  await production.close()
})
