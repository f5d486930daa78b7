import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LogEntry } from '../run/suite-api.ts'
import { suiteCallback } from '../run/suite-config.ts'
import type { BrowserScript } from './browser-script.ts'

/** A module that runs, or has run, at the double. */
export type Instance = {
  readonly id: string
  readonly module: string
  readonly config: SuiteConfig
  /** Where the provider sends the browser back to. */
  readonly callback: string
  status: string
  result: string | null
  readonly log: LogEntry[]
  /** Addresses that wait for a person. */
  urls: string[]
  readonly visited: string[]
  readonly pictures: Map<string, string>
  /** What came to the callback in a query. */
  readonly answers: URLSearchParams[]
}

/** What the double reads of the configuration that it is given. */
export type SuiteConfig = BrowserScript & {
  readonly alias: string
  readonly server: { readonly discoveryUrl: string }
  readonly client: { readonly client_id: string; readonly client_secret: string }
}

/** What a module of the double does; it ends with a result, or waits for a person to end it. */
export type Player = {
  /** Waits in CONFIGURED until it is started, as the module of the rotated keys does. */
  readonly waits?: boolean
  configure?(instance: Instance): Promise<void>
  run(instance: Instance): Promise<string | undefined>
}

/** The API of the conformance suite as it is documented, with modules of the test's own: not the suite. */
export type SuiteDouble = {
  readonly url: string
  readonly instances: readonly Instance[]
  /** What was asked of the API, as method and path. */
  readonly calls: readonly string[]
  close(): Promise<void>
}

type Reply = readonly [status: number, body?: unknown]

/** Starts a double that has these modules in every plan. */
export async function aSuiteDouble(players: { readonly [module: string]: Player }): Promise<SuiteDouble> {
  const plans = new Map<string, SuiteConfig>()
  const instances = new Map<string, Instance>()
  const calls: string[] = []
  let url = ''
  const find = (id: string | undefined) => instances.get(id ?? '')

  async function begin(instance: Instance, { waits, configure }: Player): Promise<void> {
    await configure?.(instance)
    instance.status = 'CONFIGURED'
    if (!waits) void run(instance)
  }

  async function run(instance: Instance): Promise<void> {
    instance.status = 'RUNNING'
    const result = await players[instance.module]?.run(instance).catch((error: unknown) => {
      instance.log.push({ src: instance.module, msg: String(error), result: 'FAILURE' })
      return 'FAILED'
    })
    if (result) Object.assign(instance, { status: 'FINISHED', result })
    else instance.status = 'WAITING'
  }

  const routes: readonly (readonly [
    RegExp,
    (parts: readonly string[], query: URLSearchParams, body: string) => Reply,
  ])[] = [
    [
      /^POST api\/plan$/,
      (_, query, body) => {
        const id = randomUUID()
        plans.set(id, JSON.parse(body))
        const modules = Object.keys(players).map((testModule) => ({ testModule, variant: { response_type: 'code' } }))
        return query.get('planName') ? [201, { id, name: query.get('planName'), modules }] : [400]
      },
    ],
    [
      /^POST api\/runner$/,
      (_, query, body) => {
        const [module, config] = [query.get('test') ?? '', plans.get(query.get('plan') ?? '')]
        const player = players[module]
        if (!config || !player || body !== '') return [400]
        const id = randomUUID()
        const empty = { result: null, log: [], urls: [], visited: [], pictures: new Map<string, string>(), answers: [] }
        const instance: Instance = {
          id,
          module,
          config,
          callback: suiteCallback(url, config.alias),
          status: 'CREATED',
          ...empty,
        }
        instances.set(id, instance)
        void begin(instance, player)
        return [201, { id, name: module }]
      },
    ],
    [
      /^POST api\/runner\/([^/]+)$/,
      ([id]) => {
        const instance = find(id)
        if (instance?.status !== 'CONFIGURED') return [404]
        void run(instance)
        return [200, { id }]
      },
    ],
    [/^GET api\/info\/([^/]+)$/, ([id]) => infoOf(find(id))],
    [/^GET api\/log\/([^/]+)$/, ([id]) => [200, find(id)?.log]],
    [/^GET api\/runner\/browser\/([^/]+)$/, ([id]) => [200, { urls: find(id)?.urls, visited: find(id)?.visited }]],
    [
      /^POST api\/runner\/browser\/([^/]+)\/visit$/,
      ([id], query) => {
        const instance = find(id)
        const seen = query.get('url') ?? ''
        if (!instance?.urls.includes(seen)) return [404]
        instance.urls = instance.urls.filter((each) => each !== seen)
        instance.visited.push(seen)
        if (instance.urls.length === 0) Object.assign(instance, { status: 'FINISHED', result: 'REVIEW' })
        return [204]
      },
    ],
    [
      /^GET api\/log\/([^/]+)\/images$/,
      ([id]) => [200, find(id)?.log.filter(({ upload }) => upload && !find(id)?.pictures.has(upload))],
    ],
    [
      /^GET test\/a\/([^/]+)\/callback$/,
      ([alias], query) => {
        const { answers } = [...instances.values()].findLast(({ config }) => config.alias === alias) ?? {}
        answers?.push(query)
        return answers ? [200, 'submission_complete'] : [404]
      },
    ],
    [
      /^POST api\/log\/([^/]+)\/images\/([^/]+)$/,
      ([id, placeholder = ''], _, body) => {
        find(id)?.pictures.set(placeholder, body)
        return body.startsWith('data:image/') ? [200, {}] : [400]
      },
    ],
  ]

  function answer(method: string, asked: URL, body: string): Reply {
    const call = `${method} ${asked.pathname.slice(1)}`
    calls.push(call)
    for (const [path, reply] of routes) {
      const match = path.exec(call)
      if (match) return reply(match.slice(1), asked.searchParams, body)
    }
    return [404]
  }

  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const [status, json] = answer(request.method ?? '', new URL(request.url ?? '', 'http://suite'), body)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(json === undefined ? '' : JSON.stringify(json))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  url = `http://localhost:${port}`
  return {
    url,
    get instances() {
      return [...instances.values()]
    },
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function infoOf(instance: Instance | undefined): Reply {
  if (!instance) return [404]
  const { id, module: testName, status, result } = instance
  return [200, { testId: id, testName, status, result }]
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
