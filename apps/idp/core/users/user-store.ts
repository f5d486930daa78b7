import type { Freshness, Put } from '../clients/client-store.ts'
import type { Page } from '../page.ts'
import type { User } from './user.ts'

/** What can be asked of all people at once. */
export type UserOutline = Pick<User, 'sub' | 'tokenVersion'>

/**
 * Where people are kept; durable. Usernames and verified e-mail addresses share one namespace, compared in the normal
 * form of `normalName`: nobody can take a username that is another person's verified address, or the other way round.
 */
export interface UserStore {
  /** `recent` unless told. */
  find(sub: string, freshness?: Freshness): Promise<User | undefined>
  /** By username or verified e-mail address, in any spelling. */
  findByName(name: string): Promise<User | undefined>
  /** All of them by username, as the database orders it: at most `most` names, from this place on (`''`: the first). */
  listPage(place: string, most: number): Promise<Page<User>>
  /** For whoever goes through all of them, however many: at most `most` after this subject, in an order of its own. */
  listAfter(sub: string, most: number): Promise<readonly UserOutline[]>
  begin(user: User): Promise<'begun' | 'taken'>
  /** Replaces a person if nobody changed the record since `user.revision` was read; `taken` as for a new one. */
  put(user: User): Promise<Put | 'taken'>
  end(sub: string): Promise<boolean>
}
