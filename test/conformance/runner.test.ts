import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser } from '#test/support/browser.ts'
import { anAuthority, localServer } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { trust } from '#test/support/secure-server.ts'
import { planNeeds } from './run/plan-needs.ts'
import type { PlanResults } from './run/run-plan.ts'
import { type Json, readJson } from './support/op.ts'
import { demand, readAnswer } from './support/relying-party.ts'
import { parameters, send } from './support/requests.ts'
import { scriptedBrowser } from './support/scripted-browser.ts'
import { aSuiteDouble, type Instance, type Player, type SuiteDouble } from './support/suite-double.ts'

/** Two sign-ins by the script that the runner handed over, the second one to be seen. */
const promptLogin: Player = {
  run: async (instance) => {
    const visitor = await aVisitor(instance)
    await visitor.signIn({})
    const { screenshots } = await visitor.signIn({ prompt: 'login' })
    return screenshots.length === 1 ? 'REVIEW' : 'FAILED'
  },
}

let kidsBefore: readonly unknown[] = []

const rotation: Player = {
  waits: true,
  configure: async (instance) => {
    kidsBefore = await kids(instance)
  },
  run: async (instance) => {
    const now = await kids(instance)
    return now.length > kidsBefore.length && kidsBefore.every((kid) => now.includes(kid)) ? 'PASSED' : 'FAILED'
  },
}

/** A module that fails whatever the provider does: what the runner tells of it is looked at. */
const failing: Player = {
  run: async ({ log }) => {
    log.push({ src: 'CheckSomething', msg: 'something is missing', result: 'FAILURE', requirements: ['OIDCC-3.1'] })
    log.push({ src: 'CheckSomethingElse', msg: 'all is well', result: 'SUCCESS' })
    return 'FAILED'
  },
}

/** An address that the script does not know: somebody at a real browser has to go there, and to send a picture. */
const byHand: Player = {
  run: async (instance) => {
    const { metadata, request } = await aVisitor(instance)
    instance.log.push({ src: 'Expect', msg: 'a page that somebody saw', result: 'REVIEW', upload: 'a-picture' })
    instance.urls.push(`${metadata.authorization_endpoint}?${request({ scope: 'openid email' })}`)
    return undefined
  },
}

const discovery = { server_metadata: 'discovery' }
const dynamic = { client_registration: 'dynamic_client' }
const code = { response_type: 'code' }

test.each([
  ['oidcc-basic-certification-test-plan', { ...discovery, ...dynamic }, 'off'],
  ['oidcc-config-certification-test-plan', {}, 'off'],
  ['oidcc-formpost-basic-certification-test-plan', { ...discovery, ...dynamic }, 'off'],
  ['oidcc-dynamic-certification-test-plan', code, 'all'],
  ['oidcc-3rdparty-init-login-certification-test-plan', code, 'off'],
  ['oidcc-rp-initiated-logout-certification-test-plan', { ...dynamic, ...code }, 'off'],
  ['oidcc-session-management-certification-test-plan', { ...dynamic, ...code }, 'off'],
  ['oidcc-hybrid-certification-test-plan', { ...discovery, ...dynamic }, 'all'],
  ['oidcc-formpost-hybrid-certification-test-plan', { ...discovery, ...dynamic }, 'all'],
])('%s is given the variants that it lets one choose, and the flows that it needs', (name, variant, tokens) => {
  const needs = planNeeds(name, 'dynamic_client')
  expect(needs).toMatchObject({ name, flags: { 'registration.mode': 'open' } })
  expect([needs.variant, needs.flags['authorize.frontChannelTokens'] ?? 'off']).toEqual([variant, tokens])
})

test('a plan that does not exist is told with those that do', () => {
  expect(() => planNeeds('basics', 'dynamic_client')).toThrow(/no plan basics; there are oidcc-basic-/)
})

describe('npm run conformance, against a double of the API', () => {
  let double: SuiteDouble
  let run: Awaited<ReturnType<typeof runProgram>>
  const players: { readonly [module: string]: Player } = {
    'oidcc-prompt-login': promptLogin,
    'oidcc-server-rotate-keys': rotation,
    'oidcc-fails': failing,
    ...(noBrowser ? {} : { 'oidcc-by-hand': byHand }),
  }
  const resultOf = (module: string) => run.results.modules.find((each) => each.module === module)

  beforeAll(async () => {
    double = await aSuiteDouble(players)
    run = await runProgram(double.url)
  })
  afterAll(() => double.close())

  test('Signet is there over https, and the script signs in and consents at it', () => {
    expect(resultOf('oidcc-prompt-login')).toMatchObject({ result: 'REVIEW', conditions: [] })
  })

  test('keys are rotated before the module that waits for it is started', () => {
    expect(resultOf('oidcc-server-rotate-keys')).toMatchObject({ result: 'PASSED' })
    expect(double.calls.filter((call) => /^POST api\/runner\/[^/]+$/.test(call))).toHaveLength(1)
  })

  test('what failed is told with its conditions, and counts', () => {
    expect(resultOf('oidcc-fails')).toMatchObject({
      result: 'FAILED',
      conditions: ['FAILURE: CheckSomething: something is missing (OIDCC-3.1)'],
    })
    expect(run.results.failed).toBe(1)
    expect(run.exit).toBe(1)
    expect(run.said).toMatch(/FAILED {6}oidcc-fails.*\n *FAILURE: CheckSomething/)
    expect(run.said.trimEnd().split('\n').at(-1)).toBe(`${Object.keys(players).length} modules, 1 failed`)
  })

  test('a file of settings for the suite stands before ours', () => {
    expect(double.instances[0]?.config).toMatchObject({
      description: 'a double',
      alias: expect.stringMatching(/^signet-/),
    })
  })

  test.skipIf(noBrowser)(
    'an address that the script does not know is walked through in a real browser, and a picture sent',
    () => {
      expect(resultOf('oidcc-by-hand')).toMatchObject({ result: 'REVIEW' })
      const picture = double.instances.find(({ module }) => module === 'oidcc-by-hand')?.pictures.get('a-picture')
      expect(picture).toMatch(/^data:image\/png;base64,iVBOR/)
    },
  )
})

/** The program as `npm run conformance` starts it, with a certificate that this process trusts. */
async function runProgram(suite: string): Promise<{ exit: number; said: string; results: PlanResults }> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-runner-'))
  const file = (name: string, content = '') => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const [port = 0] = await freePorts(1)
  const authority = anAuthority()
  const { certificate, key } = authority.issue(localServer)
  trust(authority)
  const json = file('results.json')
  const files = { certificate, key, config: file('config.json', configFile) }
  const told = { suite, plan: 'Basic', issuer: `https://localhost:${port}`, ...files, json, 'poll-every': '20' }
  const flags = Object.entries(told).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(process.execPath, ['test/conformance/run/main.ts', '--static', ...flags])
  const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  try {
    return { exit: child.exitCode ?? -1, said, results: JSON.parse(readFileSync(json, 'utf8')) as PlanResults }
  } catch (error) {
    throw new Error(`${said}\n${errors}`, { cause: error })
  } finally {
    authority.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

const configFile = JSON.stringify({ description: 'a double' })

/** A client of the double's at the provider that it was told of. */
async function aVisitor({ module, config, callback: redirectUri }: Instance) {
  const { discoveryUrl } = config.server
  const metadata = await readJson(discoveryUrl)
  const browser = scriptedBrowser(String(metadata.issuer), config, { module })
  const { client_id: id, client_secret: secret } = config.client
  const request = (changes: { readonly [name: string]: string }) => {
    const state = randomBytes(8).toString('hex')
    const own = { client_id: id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid', state }
    return parameters({ ...own, ...changes })
  }
  return {
    metadata,
    request,
    async signIn(changes: { readonly [name: string]: string }) {
      const asked = request(changes)
      const visit = await browser.visit(`${metadata.authorization_endpoint}?${asked}`)
      const { params } = demand(readAnswer(asked, visit))
      const body = parameters({
        grant_type: 'authorization_code',
        code: params.get('code') ?? '',
        redirect_uri: redirectUri,
      })
      const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
      const tokens = await send(String(metadata.token_endpoint), { method: 'POST', headers, body })
      if (tokens.status !== 200 || params.get('state') !== asked.get('state'))
        throw new Error(`no tokens: ${tokens.text}`)
      return visit
    },
  }
}

async function kids({ config }: Instance): Promise<readonly unknown[]> {
  const metadata = await readJson(config.server.discoveryUrl)
  const { keys } = await readJson(String(metadata.jwks_uri))
  return (keys as readonly Json[]).map(({ kid }) => kid)
}
