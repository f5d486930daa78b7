import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Credentials } from '#test/faults/support/app.ts'
import { furnish, furnishApp, furnishPeople, type Registries } from '#test/faults/support/furnish.ts'
import { aServeHome, type ServeHome, type ServeProcess, startServe } from '#test/faults/support/serve-process.ts'
import type { Draft } from './draft.ts'
import { faultOf } from './judge.ts'
import { aForge, type Materials } from './materials.ts'
import { bend, type Mutation, mutation } from './mutations.ts'
import { aRequestingApp, type RequestingApp } from './requesting-app.ts'
import { aSender, type Outcome } from './send-draft.ts'
import { templates } from './templates.ts'

/** What came of it; `failures` is empty where the server stayed what it was. */
export type FuzzReport = {
  readonly seed: number
  readonly requests: number
  readonly seconds: number
  /** Answers by status; `none` where the connection was closed without one. */
  readonly statuses: { readonly [status: string]: number }
  readonly slowest: number
  /** Megabytes of the server's memory, at its most in each tenth of the run. */
  readonly memory: readonly number[]
  readonly failures: readonly string[]
}

const lanes = 4
/** Requests between two renewals of what honest requests are made of. */
const renewEvery = 40
/** Megabytes that the server may come to need while it is fuzzed. */
const mostMemory = 512

type Shot = { readonly template: string; readonly mutations: readonly Mutation[] }

const shots: fc.Arbitrary<Shot> = fc.record({
  template: fc.oneof(
    ...Object.entries(templates).map(([name, { weight }]) => ({ weight, arbitrary: fc.constant(name) })),
  ),
  mutations: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 12, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 4 }) },
  ),
})

const settings = {
  'throttle.perPair': '100000',
  'throttle.perAddress': '100000',
  'throttle.perClient': '100000',
  'log.level': 'info',
  'authorize.frontChannelTokens': 'all',
  'keys.encryptionAlgs': 'RSA-OAEP-256,ECDH-ES',
  'registration.mode': 'open',
  'registration.perAddress': '1000000',
  'registration.quota': '1000000',
}

/** Sends bent requests to a real server, four at a time. */
export async function fuzz({ seed, requests }: { seed: number; requests: number }): Promise<FuzzReport> {
  const home = await aServeHome(settings)
  const requesting = aRequestingApp('tokens')
  const credentials = await furnish(home, async (registries) => {
    await furnishPeople(registries, ['mallory', 'zoe', ...Array.from({ length: lanes }, (_, lane) => `ada-${lane}`)])
    const app = await furnishApp(registries)
    await furnishTokens(registries, app, requesting)
    return app
  })
  const clients = { credentials, requesting }
  const server = await startServe(home)
  const watch = aWatch(home, server, requests)
  const start = performance.now()
  try {
    const forges = Array.from({ length: lanes }, (_, lane) => aForge(home.issuer, clients, `ada-${lane}`))
    const each = Math.ceil(requests / lanes)
    await Promise.all(forges.map((forge, lane) => runLane(watch, forge, { seed: seed + lane, runs: each })))
    watch.look()
    const honest = aForge(home.issuer, clients, 'zoe')
    await honest.signIn().catch((error) => watch.fail(`an honest sign-in afterwards: ${error}`))
    return { seed, requests: watch.count(), seconds: (performance.now() - start) / 1000, ...watch.report() }
  } finally {
    watch.close()
    server.kill('SIGKILL')
    await server.ended
    home.forget()
  }
}

/** Of the operator, so that it is answered without a page between. */
async function furnishTokens({ clients }: Registries, { redirectUri }: Credentials, { id, jwks }: RequestingApp) {
  const responseTypes = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token']
  const grantTypes = ['authorization_code', 'implicit', 'refresh_token']
  const wishes = { id, name: id, redirectUris: [redirectUri], responseTypes, grantTypes, jwks, firstParty: true }
  await clients.create({ ...wishes, scopes: ['openid', 'profile', 'email'] }, 'fuzz')
}

type Forge = ReturnType<typeof aForge>

/** One lane; what fails is made smaller by fast-check and told with the seed. */
async function runLane(watch: Watch, forge: Forge, { seed, runs }: { seed: number; runs: number }): Promise<void> {
  let materials: Materials | undefined
  let age = 0
  const property = fc.asyncProperty(shots, async (shot) => {
    if (!materials || age++ % renewEvery === 0) materials = await forge.forge()
    const draft = draftOf(shot, materials)
    const fault = await watch.shoot(draft)
    if (fault) throw new Error(`${fault} :: ${short(JSON.stringify(draft))}`)
  })
  const result = await fc.check(property, { numRuns: runs, seed })
  if (result.failed)
    watch.fail(`seed ${seed}: ${short(JSON.stringify(result.counterexample))} ${short(String(result.errorInstance))}`)
}

/** What a person can read: long runs of one character are told by their length. */
function short(text: string): string {
  const told = text.replace(/(.)\1{99,}/gs, (run, one) => `<${run.length} times ${one}>`)
  return told.length > 3000 ? `${told.slice(0, 3000)}…` : told
}

function draftOf({ template, mutations }: Shot, materials: Materials): Draft {
  const honest = templates[template]?.draft(materials)
  if (!honest) throw new Error(`no template ${template}`)
  return mutations.reduce((draft: Draft, each) => bend(draft, each, materials), honest)
}

type Watch = ReturnType<typeof aWatch>

/** Sends, counts and judges, and looks at the server itself now and then. */
function aWatch(home: ServeHome, server: ServeProcess, requests: number) {
  const port = (url: string) => Number(new URL(url).port)
  const sender = aSender({
    public: { host: 'localhost', port: port(home.issuer) },
    management: { host: '127.0.0.1', port: port(home.management) },
  })
  const statuses: { [status: string]: number } = {}
  const failures: string[] = []
  const memory = Array.from({ length: 10 }, () => 0)
  let count = 0
  let slowest = 0
  let end: number | string | null | undefined
  server.ended.then((how) => {
    end = how
  })

  function note({ status, milliseconds }: Outcome): void {
    const name = String(status ?? 'none')
    statuses[name] = (statuses[name] ?? 0) + 1
    slowest = Math.max(slowest, milliseconds)
    count++
    if (count % 50 === 0) look()
  }

  function look(): void {
    const tenth = Math.min(9, Math.floor((count / requests) * 10))
    memory[tenth] = Math.max(memory[tenth] ?? 0, memoryOf(server))
  }

  return {
    look,
    count: () => count,
    close: sender.close,
    fail: (what: string) => void failures.push(what),
    async shoot(draft: Draft): Promise<string | undefined> {
      const outcome = await sender.send(draft)
      note(outcome)
      return end === undefined
        ? faultOf(draft, outcome, home.issuer)
        : `the server ended (${end}): ${server.log.slice(-3)}`
    },
    report() {
      const errors = server.log.filter((line) => /"level":(50|60)/.test(line))
      const all = [...failures, ...errors.slice(0, 5).map((line) => `logged: ${line.slice(0, 2000)}`)]
      if (Math.max(...memory) > mostMemory) all.push(`the server came to need ${Math.max(...memory)} MB`)
      return { statuses, slowest: Math.round(slowest), memory, failures: all }
    },
  }
}

/** The server's memory in megabytes; 0 where the machine does not tell. */
function memoryOf({ pid }: ServeProcess): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kilobytes ?? 0) / 1024)
  } catch {
    return 0
  }
}
