import { createServer } from 'node:net'
import { Failure } from './exit-code.ts'

/** A port that one part of `signet dev` wants, and how to choose another. */
export type WantedPort = { readonly what: string; readonly port: number; readonly host: string; readonly mend: string }

/** Says which port, for what, and how to choose another. */
function portBusy({ what, port, mend }: WantedPort): Failure {
  const way = `Stop what listens there, or choose another port: ${mend}`
  return new Failure('failed', `Port ${port} is in use, and ${what} wants it.`, way)
}

function portTwice({ what, port, mend }: WantedPort, other: WantedPort): Failure {
  return new Failure('usage', `Port ${port} is wanted twice: by ${what} and ${other.what}.`, `Choose others: ${mend}`)
}

/** Looks at every port before anything is started; throws a {@link Failure} for the first that is taken. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const [index, one] of wanted.entries()) {
    const twin = wanted.slice(index + 1).find(({ port }) => port === one.port && port !== 0)
    if (twin) throw portTwice(one, twin)
  }
  const busy = await Promise.all(wanted.map(async (one) => ((await isFree(one.port, one.host)) ? undefined : one)))
  const first = busy.find((one) => one !== undefined)
  if (first) throw portBusy(first)
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
}
