import type { Config } from '#config/config.ts'
import { pagesOf } from '#core/page.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import type { OpenStores } from '#stores/open.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

/** Whether a key signs with every algorithm that the settings, a client or an API names. */
export async function checkAlgs(
  config: Config,
  { keys, clients, apis }: OpenStores,
): Promise<readonly DoctorFinding[]> {
  const ring = await keys.read()
  if (!ring) return []
  const { algsOf } = await import('#core/keys/succession.ts')
  const signs = algsOf(ring.keys)
  const lacks = (alg: string | undefined): alg is string => !signs.some((each) => each === alg) && alg !== undefined

  const needs = new Map<string, string[]>()
  const note = (alg: string | undefined, who: string): void => {
    if (lacks(alg)) needs.set(alg, [...new Set([...(needs.get(alg) ?? []), who])])
  }
  for await (const page of pagesOf(clients.listPage))
    for (const { id, idTokenAlg, userInfoAlg, accessTokenAlg } of page)
      for (const alg of [idTokenAlg, userInfoAlg, accessTokenAlg]) note(alg, `client ${id}`)
  for (const { audience, alg } of await apis.list()) note(alg, `API ${audience}`)

  const findings = [...needs].map(([alg, who]) => wrong(`No key signs with ${alg} for ${brief(who)}.`, rotate(alg)))
  const missing = ringKeySettings(config).algs.filter((alg) => lacks(alg) && !needs.has(alg))
  const due = missing.map((alg) => warning(`No key signs with ${alg} yet.`, 'The server makes one at its next start.'))
  const all = [...findings, ...due]
  return all.length > 0 ? all : [fine('Every algorithm that is asked for has a key.')]
}

/** The first few, so that a line stays one. */
function brief(names: readonly string[]): string {
  const more = names.length - 5
  return more > 0 ? `${names.slice(0, 5).join(', ')} and ${more} more` : names.join(', ')
}

function rotate(alg: string): string {
  return `Their sign-ins and tokens fail. Run: signet keys rotate --alg ${alg}`
}
