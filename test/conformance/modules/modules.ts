import type { Module } from '../support/stage.ts'
import { appLogoutModules } from './app-logout.ts'
import { requestModules } from './requests.ts'
import { rpInitiatedLogoutModules } from './rp-initiated-logout.ts'
import { sessionModules } from './sessions.ts'
import { tokenModules } from './tokens.ts'

/** Modules that are played on a stage, most of them by several plans. The others have tests of their own. */
export const modules: { readonly [module: string]: Module } = {
  ...tokenModules,
  ...sessionModules,
  ...requestModules,
  ...rpInitiatedLogoutModules,
  ...appLogoutModules,
}
