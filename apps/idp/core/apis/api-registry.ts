import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { requireSigner, type Signs } from '../keys/require-signer.ts'
import { putAgain } from '../oauth/put-again.ts'
import { reject } from '../oauth/rejection.ts'
import type { Api, ApiStore } from './api.ts'
import { type ApiLimits, type ApiWishes, newApi } from './new-api.ts'

export type ApiRegistryParts = {
  readonly apis: ApiStore
  readonly limits: ApiLimits
  readonly signs: Signs
  readonly audit: Audit
  readonly clock: Clock
}

/** What an update may change; what is left out stays. */
export type ApiChanges = Partial<Omit<ApiWishes, 'audience'>>

/** APIs as operators change them: checked, unique, each change with its line in the audit trail. Throw {@link Rejection}. */
export interface ApiRegistry {
  create(wishes: ApiWishes, actor: string): Promise<Api>
  /** What `create` would make; nothing is kept. */
  plan(wishes: ApiWishes): Promise<Api>
  update(audience: string, changes: ApiChanges, actor: string): Promise<Api>
  /** What `update` would make; nothing is kept. */
  planUpdate(audience: string, changes: ApiChanges): Promise<Api>
  /** Forgets it. Tokens that it has been given expire by themselves. */
  remove(audience: string, actor: string): Promise<void>
}

/** Wires the registry of APIs over its store. */
export function apiRegistry({ apis, limits, signs, audit, clock }: ApiRegistryParts): ApiRegistry {
  const record = (event: 'api.created' | 'api.updated' | 'api.deleted', audience: string, actor: string) =>
    audit.record(event, { actor, details: { audience } })

  const edit = (api: Api, changes: ApiChanges): Api => {
    const made = newApi({ ...api, ...changes, audience: api.audience }, limits, api.createdAt)
    return { ...made, revision: api.revision }
  }

  async function plan(wishes: ApiWishes): Promise<Api> {
    const api = newApi(wishes, limits, clock.now())
    requireSigner(signs, { alg: api.alg })
    await requireFree(apis, api)
    return api
  }

  async function planUpdate(audience: string, changes: ApiChanges): Promise<Api> {
    const api = edit((await apis.find(audience)) ?? missing(audience), changes)
    requireSigner(signs, { alg: changes.alg })
    await requireFree(apis, api, audience)
    return api
  }

  return {
    plan,
    planUpdate,
    async create(wishes, actor) {
      const api = await plan(wishes)
      if ((await apis.begin(api)) === 'taken')
        reject('taken', 'audience', `The audience or a scope of ${api.audience} is taken.`)
      await record('api.created', api.audience, actor)
      return api
    },
    async update(audience, changes, actor) {
      await planUpdate(audience, changes)
      const kept = { what: `API ${audience}`, find: () => apis.find(audience), put: (api: Api) => apis.put(api) }
      const api = await putAgain(kept, (each) => edit(each, changes))
      await record('api.updated', audience, actor)
      return api
    },
    async remove(audience, actor) {
      if (!(await apis.end(audience))) missing(audience)
      await record('api.deleted', audience, actor)
    },
  }
}

/** Says by name which scope of another API stands in the way; the store's own check decides races. */
async function requireFree(apis: ApiStore, api: Api, except?: string): Promise<void> {
  for (const other of await apis.list()) {
    if (other.audience === except) continue
    if (other.audience === api.audience) reject('taken', 'audience', `The API ${api.audience} exists already.`)
    const shared = [...api.scopes.keys()].find((name) => other.scopes.has(name))
    if (shared) reject('taken', 'scopes', `The scope ${shared} belongs to ${other.audience}.`)
  }
}

function missing(audience: string): never {
  return reject('missing', 'audience', `There is no API ${audience}.`)
}
