import type { ChildProcess } from 'node:child_process'
import { freePorts } from '#test/support/free-ports.ts'
import { ended, type Machine, type Run, type Shape } from './machine.ts'

/** `signet serve` as a process of its own that may not be up yet. */
export type BegunServer = {
  readonly url: string
  readonly child: ChildProcess
  /** Everything that it has logged so far. */
  readonly said: () => string
  readonly end: Promise<Run>
  /** What the management listener answers; status 0 where nobody does. */
  readonly health: (path: string) => Promise<{ readonly status: number; readonly body: Shape }>
  /** The value of a series; undefined where it is not exposed. */
  readonly metric: (series: string) => Promise<number | undefined>
  readonly stop: () => Promise<Run>
}

/** Starts it with these settings and arguments, and waits for nothing. */
export async function beginServer(
  machine: Machine,
  settings: { readonly [name: string]: string },
  args: readonly string[] = [],
): Promise<BegunServer> {
  const [port = 0, managed = 0] = await freePorts(2)
  const url = `http://localhost:${port}`
  const env = { SIGNET_ISSUER: url, SIGNET_PORT: `${port}`, SIGNET_MANAGEMENT_PORT: `${managed}`, ...settings }
  const child = machine.begin(['serve', ...args], { env })
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said += chunk
  })
  const end = ended(child)
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${managed}${path}`).catch(() => undefined)
    return { status: response?.status ?? 0, text: (await response?.text()) ?? '' }
  }
  return {
    url,
    child,
    said: () => said,
    end,
    async health(path) {
      const { status, text } = await ask(path)
      return { status, body: text.startsWith('{') ? JSON.parse(text) : {} }
    },
    async metric(series) {
      const { text } = await ask('/metrics')
      const line = text.split('\n').find((each) => each.startsWith(`${series} `))
      return line === undefined ? undefined : Number(line.split(' ')[1])
    },
    async stop() {
      child.kill('SIGTERM')
      return end
    },
  }
}
