/** A wish to stop that has come, or not yet. */
export type Asked = { readonly signal: Promise<NodeJS.Signals>; readonly isPending: boolean }

/** How soon after the first wish a second one counts, in milliseconds: a terminal and a parent may both pass one on. */
const impatience = 1000

/**
 * Waits for Ctrl-C or SIGTERM. Who asks again while everything is being stopped ends the process at once.
 */
export function untilAsked(): Asked {
  let askedAt: number | undefined
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (askedAt !== undefined && performance.now() - askedAt > impatience) process.exit(130)
        askedAt ??= performance.now()
        resolve(name)
      })
    }
  })
  return {
    signal,
    get isPending() {
      return askedAt === undefined
    },
  }
}
