import { createServer } from 'node:net'
import { Failure } from './exit-code.ts'

/** A port that one part of `signet dev` wants, and how to choose another. */
export type WantedPort = { readonly what: string; readonly port: number; readonly host: string; readonly mend: string }

/** Says which port, for what, and how to choose another. */
function portBusy({ what, port, mend }: WantedPort): Failure {
  const way = `Stop what listens there, or choose another port: ${mend}`
  return new Failure('failed', `Port ${port} is in use, and ${what} wants it.`, way)
}

/** Looks at every port before anything is started; throws a {@link Failure} for the first that is taken. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const one of wanted) {
    const twin = wanted.find((other) => other !== one && other.port === one.port && one.port !== 0)
    if (twin) throw portBusy(one)
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
