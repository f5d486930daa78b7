import { onStopSignal } from '#idp/stop-signals.ts'
import { exitCodes } from './exit-code.ts'

/** A wish to stop that has come, or not yet. */
export type Asked = { readonly signal: Promise<NodeJS.Signals>; readonly isPending: boolean }

/**
 * Waits for Ctrl-C or SIGTERM. Who asks again while everything is being stopped ends the process at once.
 */
export function untilAsked(): Asked {
  const { promise: signal, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isPending = true
  onStopSignal(
    (name) => {
      isPending = false
      resolve(name)
    },
    () => process.exit(exitCodes.interrupted),
  )
  return {
    signal,
    get isPending() {
      return isPending
    },
  }
}
