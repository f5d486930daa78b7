import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { anApp, type Credentials } from '../support/app.ts'
import { furnish, furnishApp, furnishPeople } from '../support/furnish.ts'
import { type Seeded, seeded } from '../support/seeded.ts'
import { aServeHome, type ServeHome, type ServeProcess, signetJson, startServe } from '../support/serve-process.ts'
import { emptyHistory, type History } from './history.ts'
import { judgeHistory, kidsOf } from './judge.ts'
import { live } from './life.ts'

/** What became of what was acknowledged; `failures` is empty where nothing was lost. */
export type KillReport = {
  readonly seed: number
  readonly rounds: number
  readonly acknowledged: number
  /** Requests that died with the server. */
  readonly unanswered: number
  readonly families: number
  readonly sessions: number
  readonly keys: number
  readonly firstStart: number
  /** Seconds until the server listened again; the longest and the middle one. */
  readonly slowestRestart: number
  readonly medianRestart: number
  readonly failures: readonly string[]
}

const livesAtOnce = 6
/** Milliseconds after which a round ends on a machine that is busy elsewhere. */
const longestRound = 6000

/** Kills a server with SIGKILL, again and again, at moments that nobody chose, and asks its successor what it knows. */
export async function killRounds({ seed, rounds }: { seed: number; rounds: number }): Promise<KillReport> {
  const home = await aServeHome({
    'keys.rotateEvery': '15s',
    'keys.jwksMaxAge': '1s',
    'keys.pollEvery': '1s',
    'keys.skew': '1s',
  })
  const failures: string[] = []
  const restarts: number[] = []
  const history = emptyHistory()
  const credentials = await furnish(home, (registries) => furnishApp(registries))
  await addPeople(home, 0)
  let server = await startServe(home)
  const firstStart = server.seconds
  try {
    for (let round = 0; round < rounds; round++) {
      const chance = seeded(seed).branch(round)
      const fail = (what: string) => void failures.push(`round ${round}: ${what}`)
      await loadAndKill({ home, server, history, credentials, chance, round, fail })
      await addPeople(home, round + 1)
      server = await startServe(home)
      restarts.push(server.seconds)
      await judgeHistory({ issuer: home.issuer, app: anApp(home.issuer, credentials), history, chance, fail })
      forgetOld(history)
    }
    server.kill('SIGTERM')
    if ((await server.ended) !== 0) failures.push('the last server did not end well')
    failures.push(...faultsOfFiles(home))
  } finally {
    server.kill('SIGKILL')
    await server.ended
    home.forget()
  }
  const sorted = restarts.toSorted((one, other) => one - other)
  return {
    seed,
    rounds,
    acknowledged: history.acknowledged,
    unanswered: history.unanswered,
    families: history.families.length,
    sessions: history.sessions.length,
    keys: history.kids.size,
    firstStart,
    slowestRestart: sorted.at(-1) ?? 0,
    medianRestart: sorted[Math.floor(sorted.length / 2)] ?? 0,
    failures,
  }
}

function namesOf(round: number): readonly string[] {
  return Array.from({ length: livesAtOnce }, (_, at) => `person-${round}-${at}`)
}

async function addPeople(home: ServeHome, round: number): Promise<void> {
  await furnish(home, (registries) => furnishPeople(registries, namesOf(round)))
}

type Round = {
  readonly home: ServeHome
  readonly server: ServeProcess
  readonly history: History
  readonly credentials: Credentials
  readonly chance: Seeded
  readonly round: number
  readonly fail: (what: string) => void
}

/** Some lives side by side, at times a rotation by the command, and in the middle of it the end. */
async function loadAndKill({ home, server, history, credentials, chance, round, fail }: Round): Promise<void> {
  const { issuer } = home
  let isOver = false
  for (const kid of await kidsOf(issuer)) history.kids.add(kid)
  const lives = namesOf(round).map((username, at) =>
    live({
      issuer,
      app: anApp(issuer, credentials),
      username,
      history,
      chance: chance.branch(at),
      isOver: () => isOver,
    }).catch((error) => fail(`before the end: ${error}`)),
  )
  const rotating = round % 3 === 1 ? rotateByCommand(home, history) : undefined
  // A moment after an acknowledgement that chance has chosen: between two requests, or within one.
  const target = history.acknowledged + chance.below(60)
  const late = performance.now() + longestRound
  while (history.acknowledged < target && performance.now() < late) await wait(1)
  await wait(chance.below(8))
  isOver = true
  server.kill('SIGKILL')
  await server.ended
  await Promise.all(lives)
  await rotating
}

async function rotateByCommand(home: ServeHome, history: History): Promise<void> {
  const made = await signetJson(home, ['keys', 'rotate'])
  if (typeof made?.kid !== 'string') throw new Error('signet keys rotate failed beside the server')
  history.kids.add(made.kid)
  history.acknowledged++
}

/** What ended long ago is asked about no more, so that rounds stay short; what lives is asked about to the end. */
function forgetOld(history: History): void {
  const most = 60
  for (const list of [history.families, history.sessions]) if (list.length > most) list.splice(0, list.length - most)
}

/** SQLite's own look at every database of the server. */
function faultsOfFiles({ config }: ServeHome): readonly string[] {
  const { directory } = config.data
  return readdirSync(directory)
    .filter((name) => name.endsWith('.db'))
    .flatMap((name) => {
      const database = new DatabaseSync(join(directory, name))
      const answer = String(database.prepare('PRAGMA integrity_check').get()?.integrity_check)
      database.close()
      return answer === 'ok' ? [] : [`${name}: ${answer}`]
    })
}
