import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { canRun } from '#test/support/can-run.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Quiet and alone: no sandbox (containers have none to give), no calls home, no QUIC. */
export const quietly: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The Chromium of this machine: `SIGNET_TEST_CHROMIUM`, which must exist where it is set, or the first in PATH. */
function findChromium(): string | undefined {
  const chosen = process.env.SIGNET_TEST_CHROMIUM
  if (chosen) {
    if (!canRun(chosen)) throw new Error(`SIGNET_TEST_CHROMIUM: no program at ${chosen}`)
    return chosen
  }
  return findInPath(names)
}

function findInPath(programs: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.flatMap((folder) => programs.map((name) => join(folder, name))).find(canRun)
}

/** Why suites that need a browser cannot run here, or undefined: `describe.skipIf(noBrowser)('… ', …)`. */
export const noBrowser: string | undefined = findChromium()
  ? undefined
  : 'no Chromium found: apt-get install chromium, or set SIGNET_TEST_CHROMIUM'

if (noBrowser) console.warn(`browser suites are skipped: ${noBrowser}`)

/**
 * Starts a browser of its own; whoever starts it ends it with its own `close()`, which ends that process alone. Unless the
 * whole browser is asked for it is Chromium's headless shell where that is installed: the same engine without windows,
 * for less than half of the time.
 */
export async function startBrowser({ whole = false }: { readonly whole?: boolean } = {}): Promise<Browser> {
  const shell = whole || process.env.SIGNET_TEST_CHROMIUM ? undefined : findInPath(['chromium-headless-shell'])
  return chromium.launch({ executablePath: shell ?? browserProgram(), args: [...quietly] })
}

/** The program itself; throws where there is none. */
export function browserProgram(): string {
  const found = findChromium()
  if (!found) throw new Error(noBrowser)
  return found
}
