import { readFileSync } from 'node:fs'
import { type How, present } from '../drive/app-requests.ts'
import type { LabFamily } from '../drive/cast.ts'
import type { Entry } from '../history/history.ts'
import type { Arena } from './arena.ts'
import type { Crowd } from './crowd.ts'

/** What refreshes have cost. */
export type Measured = {
  /** Microseconds in Redis for each call of a script, as its own statistics say. */
  readonly micros: number
  /** Milliseconds of CPU of the machine's process for each refresh. */
  readonly cpu: number
  /** Refreshes that were not answered 200. */
  readonly failed: number
}

/** Families of a crowd that refresh in an order that chance gives. */
export type Drawn = {
  readonly arena: Arena
  /** Refreshes one of them with its newest token. */
  present(): Promise<Entry>
  /** Refreshes this very one. */
  presentAt(index: number, how?: How): Promise<Entry>
}

/** Refreshes under way at once. */
const abreast = 8

/** Draws from every second family of a crowd: the app's own from 0 on, those of all clients from 1 on. */
export function openLot(arena: Arena, crowd: Crowd, { below, from }: { below: number; from: 0 | 1 }): Drawn {
  const families = new Map<number, LabFamily>()
  const chance = arena.chance.branch(from)
  const { stage } = arena
  const pick = () => chance.below(Math.floor((below - from) / 2)) * 2 + from

  async function presentAt(index: number, how?: How): Promise<Entry> {
    const family = families.get(index) ?? aFamily(index, crowd.token(index))
    families.set(index, family)
    family.isBusy = true
    const client = { ...stage.client, id: crowd.client(index) }
    const { entry, json } = await present({ ...stage, client }, family, family.tokens.at(-1) ?? '', how)
    if (typeof json.refresh_token === 'string') family.tokens.push(json.refresh_token)
    family.isBusy = false
    return entry
  }

  return {
    arena,
    presentAt,
    present() {
      let index = pick()
      while (families.get(index)?.isBusy) index = pick()
      return presentAt(index)
    },
  }
}

function aFamily(index: number, token: string): LabFamily {
  const nobody = { username: '', password: '' }
  const browser = { open: never, press: never, hasCookie: () => false, cookies: () => new Map() }
  return {
    name: `crowd-${index}`,
    session: { name: `crowd-${index}`, person: nobody, browser, idToken: '', isOver: false },
    code: { code: '', verifier: '' },
    tokens: [token],
    access: '',
    ...{ isOffline: true, isInDoubt: false, isOver: false, isBusy: false },
  }
}

function never(): never {
  throw new Error('nobody of the crowd has a browser')
}

/** Refreshes so many times, and says what that has cost; other work of the machine in the meantime is in it. */
export async function measure(lot: Drawn, count: number): Promise<Measured> {
  const { redis, machines } = lot.arena
  const pid = machines[0]?.pid() ?? 0
  await redis.command('CONFIG', 'RESETSTAT')
  const before = cpuOf(pid)
  let [left, failed] = [count, 0]
  const lane = async () => {
    while (left-- > 0) if (!(await lot.present()).done) failed++
  }
  await Promise.all(Array.from({ length: abreast }, lane))
  const cpu = (cpuOf(pid) - before) / count
  const stats = String(await redis.command('INFO', 'commandstats'))
  const [, calls = '0', micros = '0'] = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(stats) ?? []
  return { micros: Number(micros) / Number(calls), cpu, failed }
}

/** Milliseconds that a process has had the processor for: user and system time, in hundredths of a second (proc(5)). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
