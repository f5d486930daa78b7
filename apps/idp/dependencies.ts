import type { Checks } from '#server/management/readiness.ts'
import type { OpenStores } from '#stores/open.ts'

/** What a server needs and does not own. */
export type Dependency = 'database' | 'store'

/** The two, as readiness names them: from the first attempt to reach them until they are closed. */
export type Dependencies = {
  readonly checks: Checks
  /** Does what needs this one; where that fails, readiness names it until it has worked. */
  reach<T>(dependency: Dependency, work: () => Promise<T>): Promise<T>
  /** From now on the stores are asked themselves; undefined when they are closed. */
  use(stores: Pick<OpenStores, 'checkDurable' | 'checkFast'> | undefined): void
}

/** Before the stores are open, a dependency fails where the last attempt to reach it did. */
export function openDependencies(): Dependencies {
  const failing = new Set<Dependency>()
  let open: Pick<OpenStores, 'checkDurable' | 'checkFast'> | undefined

  const check = (dependency: Dependency, ask: (stores: NonNullable<typeof open>) => Promise<void>) => async () => {
    if (open) return ask(open)
    if (failing.has(dependency)) throw new Error(`the ${dependency} was not reached`)
  }
  return {
    checks: {
      database: check('database', (stores) => stores.checkDurable()),
      store: check('store', (stores) => stores.checkFast()),
    },
    async reach(dependency, work) {
      try {
        const result = await work()
        failing.delete(dependency)
        return result
      } catch (error) {
        failing.add(dependency)
        throw error
      }
    },
    use(stores) {
      open = stores
    },
  }
}
