import { random } from '../oauth/random.ts'
import { reject } from '../oauth/rejection.ts'

/** What pairwise subjects are made with; undefined where this `keys.secret` does not open it. */
export type SubjectSalt = string | undefined

/** Secrets of the provider itself that are made once and kept for ever; durable, and sealed before they come here. */
export interface SecretStore {
  find(name: string): Promise<string | undefined>
  /** Keeps a new one; of several racing callers exactly one is told `begun`. */
  begin(name: string, sealed: string): Promise<'begun' | 'taken'>
  /** Replaces one that still is `seen`. */
  put(name: string, sealed: string, seen: string): Promise<'stored' | 'conflict'>
}

/** Seals under `keys.secret`, for one owner alone. */
type Seal = {
  seal(owner: string, secret: string): string
  open(owner: string, sealed: string): string | undefined
}

const name = 'pairwise subjects'

/** Finds the salt, or makes it: of servers that start together one makes it and all use it. */
export async function findSubjectSalt(secrets: SecretStore, seal: Seal): Promise<SubjectSalt> {
  const kept = await secrets.find(name)
  if (kept !== undefined) return seal.open(name, kept)
  const made = random('', 32)
  if ((await secrets.begin(name, seal.seal(name, made))) === 'begun') return made
  const theirs = await secrets.find(name)
  return theirs === undefined ? undefined : seal.open(name, theirs)
}

/** Seals the salt anew; false where there is none, or it has the new seal already. Rejects where neither opens it. */
export async function resealSubjectSalt(
  secrets: SecretStore,
  { from, to }: { readonly from: Seal; readonly to: Seal },
): Promise<boolean> {
  const kept = await secrets.find(name)
  if (kept === undefined || to.open(name, kept) !== undefined) return false
  const salt = from.open(name, kept) ?? reject('conflict', 'keys.secret', unopened)
  if ((await secrets.put(name, to.seal(name, salt), kept)) === 'stored') return true
  return reject('conflict', 'keys.secret', 'The salt of pairwise subjects is being sealed by another command.')
}

const unopened =
  'The salt of pairwise subjects opens under neither secret: restore the one it was sealed under, or every pairwise subject changes.'
