import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { browserProgram, quietly } from './browser.ts'

/** A browser with a profile of its own, as a person has it: what they set decides about cookies of other sites. */
export type BrowserProfile = { readonly context: BrowserContext; close(): Promise<void> }

export type ProfileWish = {
  /** Whether frames of other sites see their cookies; how it is in a new profile depends on who built the browser. */
  readonly cookiesOfOtherSites: 'allowed' | 'blocked'
}

/** Starts one that finds every name under `.test` on this machine, and takes any certificate. */
export async function aBrowserProfile({ cookiesOfOtherSites }: ProfileWish): Promise<BrowserProfile> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-profile-'))
  mkdirSync(join(folder, 'Default'))
  const isBlocked = cookiesOfOtherSites === 'blocked'
  const profile = { cookie_controls_mode: isBlocked ? 1 : 0, block_third_party_cookies: isBlocked }
  writeFileSync(join(folder, 'Default/Preferences'), JSON.stringify({ profile }))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: browserProgram(),
    args: [...quietly, '--host-resolver-rules=MAP *.test 127.0.0.1'],
    ignoreHTTPSErrors: true,
  })
  return {
    context,
    async close() {
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
