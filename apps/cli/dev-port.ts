import { createServer } from 'node:net'

/** A port that one part of `signet dev` wants, and how to choose another. */
export type WantedPort = { readonly what: string; readonly port: number; readonly host: string; readonly mend: string }

/** Something else listens there already. Says which port, for what, and how to choose another. */
export class PortBusy extends Error {
  constructor({ what, port, mend }: WantedPort) {
    super(`Port ${port} is in use, and ${what} wants it.\n  Stop what listens there, or choose another port: ${mend}`)
    this.name = 'PortBusy'
  }
}

/** Looks at every port before anything is started; throws {@link PortBusy} for the first that is taken. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const one of wanted) {
    const twin = wanted.find((other) => other !== one && other.port === one.port && one.port !== 0)
    if (twin) throw new PortBusy(one)
  }
  const busy = await Promise.all(wanted.map(async (one) => ((await isFree(one.port, one.host)) ? undefined : one)))
  const first = busy.find((one) => one !== undefined)
  if (first) throw new PortBusy(first)
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
