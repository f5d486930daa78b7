import type { Api } from '#core/apis/api.ts'
import type { Client } from '#core/clients/client.ts'
import { normalName } from '#core/users/name.ts'
import type { User } from '#core/users/user.ts'
import { loginNames } from '../login-names.ts'
import type { DurableStores } from '../stores.ts'
import { memoryAudit } from './durable-audit.ts'
import { memoryConsents } from './durable-consents.ts'
import { type MemoryDynamicClients, memoryDynamicClients } from './durable-dynamic-clients.ts'
import { memoryEpochs } from './durable-epochs.ts'
import { memoryFacts } from './durable-facts.ts'
import { memoryInitialTokens } from './durable-initial-tokens.ts'
import { memoryKeyMemory, memoryKeys } from './durable-keys.ts'
import { memoryLeases } from './durable-leases.ts'
import { memoryNotices } from './durable-notices.ts'
import { memoryRecords } from './durable-records.ts'
import { memorySecrets } from './durable-secrets.ts'

/**
 * The durable stores in their shortest form, for tests and for reading: the same answers as SQL, nothing survives the
 * process. Each verb runs whole before the next begins, because nothing in it waits.
 */
export function openMemoryDurableStores(): DurableStores {
  const consents = memoryConsents()
  const facts = memoryFacts()
  const notices = memoryNotices()
  const audit = memoryAudit()
  const dynamicClients = memoryDynamicClients()
  const initialTokens = memoryInitialTokens()
  const users = memoryRecords<User>({
    keyOf: (user) => user.sub,
    placeOf: (user) => normalName(user.username),
    namesOf: loginNames,
  })
  const apis = memoryRecords<Api>({
    keyOf: (api) => api.audience,
    placeOf: (api) => api.audience,
    namesOf: (api) => [...api.scopes.keys()],
  })
  return {
    users: {
      ...users,
      findByName: async (name) => (await users.list()).find((user) => loginNames(user).includes(normalName(name))),
      async end(sub) {
        consents.forget((consent) => consent.userId === sub)
        return users.end(sub)
      },
    },
    clients: memoryClients(consents, dynamicClients),
    dynamicClients,
    initialTokens,
    apis,
    consents,
    facts,
    notices,
    audit,
    databaseKeys: memoryKeys(),
    keyMemory: memoryKeyMemory(),
    epochs: memoryEpochs(),
    leases: memoryLeases(),
    secrets: memorySecrets(),
    async purge(before, signal) {
      if (signal?.aborted) return
      facts.purge(before.facts)
      notices.purge(before.facts)
      audit.purge(before.audit)
      initialTokens.purge(before.facts)
    },
    check: async () => {},
    close: async () => {},
  }
}

/** Clients share no names, so that a put of one is never `taken`. */
function memoryClients(
  consents: ReturnType<typeof memoryConsents>,
  dynamicClients: MemoryDynamicClients,
): DurableStores['clients'] {
  const clients = memoryRecords<Client>({
    keyOf: (client) => client.id,
    placeOf: (client) => client.id,
    namesOf: () => [],
  })
  return {
    ...clients,
    async begin(client) {
      const outcome = await clients.begin(client)
      if (outcome === 'begun' && client.registration) dynamicClients.begin(client.id, client.registration.at)
      return outcome
    },
    async put(client) {
      const outcome = await clients.put(client)
      if (outcome === 'taken') throw new Error('clients share no names')
      return outcome
    },
    async end(id) {
      consents.forget((consent) => consent.clientId === id)
      dynamicClients.end(id)
      return clients.end(id)
    },
  }
}
