import type { Api, ApiStore } from '#core/apis/api.ts'
import type { Client } from '#core/clients/client.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { Clock } from '#core/clock.ts'
import type { User } from '#core/users/user.ts'
import type { UserStore } from '#core/users/user-store.ts'
import type { Stores } from '../stores.ts'
import type { ChangeKind, Changes } from './changes.ts'
import { openRecordCache } from './record-cache.ts'

/** The stores whose records may be remembered. */
export type CachedStores = { readonly clients: ClientStore; readonly users: UserStore; readonly apis: ApiStore }

/** With what is told of clients: {@link Stores.clientChanges}. */
export type ToldStores = CachedStores & Required<Pick<Stores, 'clientChanges'>>

/**
 * The same stores, whose records by id are remembered for a moment and dropped at every machine when one is changed.
 * Names and the lists of clients and people are asked for every time.
 */
export function cachedStores({ clients, users, apis }: CachedStores, changes: Changes, clock: Clock): ToldStores {
  let clientChanges = 0
  const kept = {
    client: cachedClients(clients, changes, clock),
    user: cachedUsers(users, changes, clock),
    api: cachedApis(apis, changes, clock),
  }
  changes.listen({
    changed({ kind, id }) {
      kept[kind].forget(id)
      if (kind === 'client') clientChanges++
    },
    gap() {
      clientChanges++
      for (const { forgetAll } of Object.values(kept)) forgetAll()
    },
  })
  return {
    clients: kept.client.store,
    users: kept.user.store,
    apis: kept.api.store,
    clientChanges: () => (changes.isListening() ? clientChanges : undefined),
  }
}

/** A store with its memory, and how that is forgotten. */
type Remembering<S> = { readonly store: S; forget(id: string): void; forgetAll(): void }

/** Who is turned off is not remembered: being turned on again must not take any time. */
const isOn = ({ enabled }: { readonly enabled: boolean }) => enabled

/** Clients by id. */
function cachedClients(store: ClientStore, changes: Changes, clock: Clock): Remembering<ClientStore> {
  const cache = openRecordCache<Client>({ read: (id) => store.find(id), mayKeep: isOn, changes, clock })
  const write = announced('client', cache.drop, changes)
  return {
    forget: cache.drop,
    forgetAll: cache.clear,
    store: {
      find: cache.find,
      listPage: (place, most) => store.listPage(place, most),
      listAfter: (id, most) => store.listAfter(id, most),
      begin: (client) => write(client.id, () => store.begin(client)),
      put: (client) => write(client.id, () => store.put(client)),
      end: (id) => write(id, () => store.end(id)),
    },
  }
}

/** People by subject. */
function cachedUsers(store: UserStore, changes: Changes, clock: Clock): Remembering<UserStore> {
  const cache = openRecordCache<User>({ read: (sub) => store.find(sub), mayKeep: isOn, changes, clock })
  const write = announced('user', cache.drop, changes)
  return {
    forget: cache.drop,
    forgetAll: cache.clear,
    store: {
      find: cache.find,
      findByName: (name) => store.findByName(name),
      listPage: (place, most) => store.listPage(place, most),
      listAfter: (sub, most) => store.listAfter(sub, most),
      begin: (user) => write(user.sub, () => store.begin(user)),
      put: (user) => write(user.sub, () => store.put(user)),
      end: (sub) => write(sub, () => store.end(sub)),
    },
  }
}

/** APIs by audience, and the list of them: which one a scope belongs to is asked at every token. */
function cachedApis(store: ApiStore, changes: Changes, clock: Clock): Remembering<ApiStore> {
  const one = openRecordCache<Api>({ read: (audience) => store.find(audience), changes, clock })
  const all = openRecordCache<readonly Api[]>({ read: () => store.list(), changes, clock })
  const forget = (audience: string) => {
    one.drop(audience)
    all.clear()
  }
  const write = announced('api', forget, changes)
  return {
    forget,
    forgetAll() {
      one.clear()
      all.clear()
    },
    store: {
      find: one.find,
      list: async (freshness) => (await all.find('', freshness)) ?? [],
      begin: (api) => write(api.audience, () => store.begin(api)),
      put: (api) => write(api.audience, () => store.put(api)),
      end: (audience) => write(audience, () => store.end(audience)),
    },
  }
}

/**
 * Makes writes that are told of, here first. A read that was quicker than the write is forgotten with the record. Told
 * of even where the write failed: it may have been done all the same.
 */
function announced(kind: ChangeKind, forget: (id: string) => void, changes: Changes) {
  return async <R>(id: string, write: () => Promise<R>): Promise<R> => {
    try {
      return await write()
    } finally {
      forget(id)
      await changes.publish({ kind, id })
    }
  }
}
