import type { Put } from '../clients/client-store.ts'
import type { User } from './user.ts'

/**
 * Where people are kept; durable. Usernames and verified e-mail addresses share one namespace, compared in the normal
 * form of `normalName`: nobody can take a username that is another person's verified address, or the other way round.
 */
export interface UserStore {
  find(sub: string): Promise<User | undefined>
  /** By username or verified e-mail address, in any spelling. */
  findByName(name: string): Promise<User | undefined>
  /** All of them, by username. */
  list(): Promise<readonly User[]>
  begin(user: User): Promise<'begun' | 'taken'>
  /** Replaces a person if nobody changed the record since `user.revision` was read; `taken` as for a new one. */
  put(user: User): Promise<Put | 'taken'>
  end(sub: string): Promise<boolean>
}
