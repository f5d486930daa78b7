import type { Revocable } from '#core/tokens/revocation-store.ts'
import type { Stores } from '#stores/stores.ts'

type Raised = Pick<Stores, 'users' | 'clients' | 'facts' | 'revocations'>

/** How many records are looked at together: there may be very many. */
const pageSize = 250

/** No mark is above this version: what is asked about is the other one. */
const above = Number.MAX_SAFE_INTEGER

/**
 * Raises the versions that a restored database has forgotten to what the fast store has seen: a person whose password was
 * changed after the backup could not sign in otherwise, and the next end of everything would end nothing. Answers how
 * many people and clients that were. Doing it again is harmless.
 */
export async function raiseVersions({ users, clients, facts, revocations }: Raised): Promise<number> {
  const people = await raiseAll({
    listAfter: async (after) =>
      (await users.listAfter(after, pageSize)).map(({ sub, ...user }) => ({ id: sub, ...user })),
    isOld: (userId, user) =>
      revocations.has({ ...nobody, userId, versions: { user, client: above, everything: above } }),
    find: (sub) => users.find(sub, 'now'),
    put: (user) => users.put(user),
  })
  const applications = await raiseAll({
    listAfter: (after) => clients.listAfter(after, pageSize),
    isOld: (clientId, client) =>
      revocations.has({ ...nobody, clientId, versions: { user: above, client, everything: above } }),
    find: (id) => clients.find(id, 'now'),
    put: (client) => clients.put(client),
  })
  const seen = await revocations.everything()
  while (seen > 0 && (await facts.bumpEverything()) < seen);
  return people + applications
}

type Versioned = { readonly tokenVersion: number }

/** Records of one kind, and what is asked of them. */
type Kind<T extends Versioned> = {
  listAfter(id: string): Promise<readonly (Versioned & { readonly id: string })[]>
  isOld(id: string, version: number): Promise<boolean>
  find(id: string): Promise<T | undefined>
  put(record: T): Promise<'stored' | 'conflict' | 'missing' | 'taken'>
}

async function raiseAll<T extends Versioned>(kind: Kind<T>): Promise<number> {
  let raised = 0
  for (let page = await kind.listAfter(''); page.length > 0; page = await kind.listAfter(page.at(-1)?.id ?? '')) {
    const looked = page.map(async ({ id, tokenVersion }) => ((await kind.isOld(id, tokenVersion)) ? [id] : []))
    for (const id of (await Promise.all(looked)).flat()) if (await raise(id, kind)) raised += 1
  }
  return raised
}

/** Whether it was raised: it may have been, or have gone, since it was listed. Whoever changes it meanwhile is heard. */
async function raise<T extends Versioned>(id: string, kind: Kind<T>): Promise<boolean> {
  for (;;) {
    const record = await kind.find(id)
    if (!record) return false
    let { tokenVersion } = record
    while (await kind.isOld(id, tokenVersion)) tokenVersion += 1
    if (tokenVersion === record.tokenVersion) return false
    const outcome = await kind.put({ ...record, tokenVersion })
    if (outcome === 'stored') return true
    if (outcome === 'taken') throw new Error(`the names of ${id} are taken`)
  }
}

const nobody: Omit<Revocable, 'versions'> = {
  jti: undefined,
  familyId: undefined,
  sessionId: undefined,
  userId: undefined,
  clientId: '',
}
