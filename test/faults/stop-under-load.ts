import { setTimeout as wait } from 'node:timers/promises'
import { anApp, type Credentials, isStatus } from './support/app.ts'
import { furnish, furnishApp, furnishPeople } from './support/furnish.ts'
import type { Exchange } from './support/keep-alive.ts'
import { seeded } from './support/seeded.ts'
import { aServeHome, type ServeHome, startServe } from './support/serve-process.ts'
import { openLoad } from './support/stop-load.ts'

/** How a server ended that was told to stop under load. */
export type StopReport = {
  readonly seed: number
  readonly answered: number
  /** Answers that came after the signal, and how many of them ended their connection. */
  readonly answeredLate: number
  readonly toldToClose: number
  /** Sign-ins among them: the slow ones, their passwords were being checked. */
  readonly signInsLate: number
  /** What `/health/ready` said first that was not 200; undefined where the process was gone before. */
  readonly unready: number | undefined
  /** Milliseconds from the signal until the process was gone. */
  readonly goneAfter: number
  readonly exit: number | string | null
  readonly failures: readonly string[]
}

/** Stops a server with SIGTERM while every lane waits for an answer, and asks its successor what it remembers. */
export async function stopUnderLoad(seed: number): Promise<StopReport> {
  const home = await aServeHome()
  const credentials = await furnish(home, async (registries) => {
    await furnishPeople(registries, ['ada'])
    return furnishApp(registries)
  })
  const server = await startServe(home)
  try {
    const load = await openLoad(home, credentials)
    await wait(500 + seeded(seed).below(1000))
    const told = performance.now()
    server.kill('SIGTERM')
    const readiness = watchReadiness(home)
    const exit = await server.ended
    const goneAfter = performance.now() - told
    const { exchanges, newest, issued } = await load.end()
    const { status: unready, at: closing } = await readiness
    const failures = [
      ...faultsOf(exchanges, { told, closing }),
      ...(await judgeAfter(home, credentials, { newest, issued })),
    ]
    return { seed, ...count(exchanges, told), unready, goneAfter, exit, failures }
  } finally {
    server.kill('SIGKILL')
    await server.ended
    home.forget()
  }
}

function count(exchanges: readonly Exchange[], told: number) {
  const answered = exchanges.filter(({ status }) => status !== undefined)
  const late = answered.filter(({ endedAt }) => endedAt > told)
  return {
    answered: answered.length,
    answeredLate: late.length,
    signInsLate: late.filter(({ what }) => what === 'sign-in').length,
    toldToClose: late.filter(({ isToldToClose }) => isToldToClose).length,
  }
}

/**
 * What was sent before the signal is answered, whole and well. A request that crosses the signal on its way may find its
 * connection closed; a client may send that one again, for nobody has read it (RFC 9112 §9.3.1).
 */
function faultsOf(exchanges: readonly Exchange[], { told, closing }: { told: number; closing: number }): string[] {
  return exchanges.flatMap(({ what, status, sentAt, endedAt, isTorn, isToldToClose, isExpected }) => {
    const before = (told - sentAt).toFixed(1)
    if (isTorn) return [`${what}: half an answer`]
    if (status === undefined) return sentAt < told ? [`${what}: no answer, sent ${before} ms before the signal`] : []
    if (!isExpected) return [`${what}: ${status}`]
    return endedAt > closing + reserve && !isToldToClose ? [`${what}: answered, but the connection was left open`] : []
  })
}

/** Milliseconds by which our side may see an answer late that was written before the server said "not ready". */
const reserve = 100

/** The first status that is not "ready", and when it came; undefined where nobody is there any more. */
async function watchReadiness({ management }: ServeHome): Promise<{ status: number | undefined; at: number }> {
  for (;;) {
    const response = await fetch(`${management}/health/ready`).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.status !== 200) return { status: response?.status, at: performance.now() }
    await wait(5)
  }
}

type Remembered = { readonly newest: readonly string[]; readonly issued: number }

/** The successor knows every token that was answered, and the trail tells of each. */
async function judgeAfter(
  home: ServeHome,
  credentials: Credentials,
  { newest, issued }: Remembered,
): Promise<string[]> {
  const failures: string[] = []
  const told = await furnish(home, async ({ stores }) => {
    const events = await stores.audit.list({ clientId: credentials.id })
    return events.filter(({ event }) => event === 'token.issued' || event === 'token.refreshed').length
  })
  if (told < issued) failures.push(`${issued} tokens were answered, and the audit trail tells of ${told}`)
  const server = await startServe(home)
  const app = anApp(home.issuer, credentials)
  for (const token of newest) if (!isStatus(await app.refresh(token), 200)) failures.push('a refresh token is lost')
  server.kill('SIGKILL')
  await server.ended
  return failures
}
