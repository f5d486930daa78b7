import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { putAgain } from '../oauth/put-again.ts'
import { reject, rejectFaults } from '../oauth/rejection.ts'
import { faultsOfUser, newUser, type UserWishes } from './new-user.ts'
import { hashPassword } from './password.ts'
import type { User } from './user.ts'
import type { UserStore } from './user-store.ts'

type EndReason = 'password_changed' | 'user_disabled' | 'revoked_by_operator' | 'deleted'

export type UserRegistryParts = {
  readonly users: UserStore
  /** What the person allowed clients; forgotten with the person. */
  readonly consents: {
    list(userId: string): Promise<readonly { readonly clientId: string }[]>
    end(userId: string, clientId: string): Promise<boolean>
  }
  /** Ends all that is older than the person's version, durably. */
  readonly endings: { user(user: { id: string; tokenVersion: number }, reason: EndReason): Promise<void> }
  readonly audit: Audit
  readonly clock: Clock
}

/**
 * People as operators change them. Every change is checked, ends what it must end (a new password, a disabling and a
 * deletion sign the person out everywhere), and leaves one line in the audit trail. All throw a {@link Rejection}.
 */
export interface UserRegistry {
  create(wishes: UserWishes, password: string | undefined, actor: string): Promise<User>
  /** What `create` would make; nothing is kept. */
  plan(wishes: UserWishes, password: string | undefined): Promise<User>
  update(sub: string, changes: Partial<UserWishes>, actor: string): Promise<User>
  planUpdate(sub: string, changes: Partial<UserWishes>): Promise<User>
  setPassword(sub: string, password: string, actor: string): Promise<User>
  disable(sub: string, actor: string): Promise<User>
  enable(sub: string, actor: string): Promise<User>
  /** Ends every session and token of the person, who may sign in again. */
  signOut(sub: string, actor: string): Promise<User>
  /** Ends everything of the person, forgets the consents, then the person. The subject is never used again. */
  remove(sub: string, actor: string): Promise<void>
}

/** Wires the registry of people over its stores. */
export function userRegistry(parts: UserRegistryParts): UserRegistry {
  return { ...births(parts), ...updates(parts), ...ends(parts) }
}

function births({ users, audit, clock }: UserRegistryParts): Pick<UserRegistry, 'create' | 'plan'> {
  async function plan(wishes: UserWishes, password: string | undefined): Promise<User> {
    rejectFaults(faultsOfUser(wishes, password))
    const user = newUser(wishes, undefined, clock.now())
    if (await users.findByName(user.username)) nameTaken(user)
    return user
  }
  return {
    plan,
    async create(wishes, password, actor) {
      const planned = await plan(wishes, password)
      const user = { ...planned, passwordHash: password === undefined ? undefined : await hashPassword(password) }
      if ((await users.begin(user)) === 'taken') nameTaken(user)
      await audit.record('user.created', { actor, userId: user.sub })
      return user
    },
  }
}

function updates(parts: UserRegistryParts): Pick<UserRegistry, 'update' | 'planUpdate' | 'enable'> {
  const { users, audit, clock } = parts
  const edit = (user: User, changes: Partial<UserWishes>): User => {
    const next = { ...user, ...verifiedAnew(user, changes), ...changes }
    rejectFaults(faultsOfUser(next))
    return { ...next, username: next.username.trim(), updatedAt: clock.now() } as User
  }
  const planUpdate = async (sub: string, changes: Partial<UserWishes>): Promise<User> =>
    edit((await users.find(sub)) ?? reject('missing', 'sub', `There is no person ${sub}.`), changes)

  return {
    planUpdate,
    async update(sub, changes, actor) {
      const user = await change(parts, sub, (each) => edit(each, changes))
      await audit.record('user.updated', { actor, userId: sub, details: { changed: Object.keys(changes).join(' ') } })
      return user
    },
    async enable(sub, actor) {
      const user = await change(parts, sub, (each) => ({ ...each, enabled: true }))
      await audit.record('user.enabled', { actor, userId: sub })
      return user
    },
  }
}

function ends(parts: UserRegistryParts): Pick<UserRegistry, 'setPassword' | 'disable' | 'signOut' | 'remove'> {
  const { users, consents, endings, audit } = parts

  /**
   * What is older ends before the record says so: a plain refresh asks the marks alone, and must not outlive a change
   * that got no further than the record. One that gets no further than the end is finished by repeating it.
   */
  async function end(sub: string, edit: (user: User) => User, reason: EndReason): Promise<User> {
    const { tokenVersion } = (await users.find(sub)) ?? reject('missing', 'sub', `There is no person ${sub}.`)
    const ended = tokenVersion + 1
    await endings.user({ id: sub, tokenVersion: ended }, reason)
    const user = await change(parts, sub, (each) => ({ ...edit(each), tokenVersion: each.tokenVersion + 1 }))
    if (user.tokenVersion > ended) await endings.user({ id: sub, tokenVersion: user.tokenVersion }, reason)
    return user
  }

  return {
    async setPassword(sub, password, actor) {
      const found = (await users.find(sub)) ?? reject('missing', 'sub', `There is no person ${sub}.`)
      rejectFaults(faultsOfUser(found, password).filter(({ field }) => field === 'password'))
      const passwordHash = await hashPassword(password)
      const user = await end(sub, (each) => ({ ...each, passwordHash }), 'password_changed')
      await audit.record('user.password_changed', { actor, userId: sub })
      return user
    },
    async disable(sub, actor) {
      const user = await end(sub, (each) => ({ ...each, enabled: false }), 'user_disabled')
      await audit.record('user.disabled', { actor, userId: sub })
      return user
    },
    async signOut(sub, actor) {
      const user = await end(sub, (each) => each, 'revoked_by_operator')
      await audit.record('session.ended', { actor, userId: sub, details: { reason: 'revoked_by_operator', all: true } })
      return user
    },
    async remove(sub, actor) {
      await end(sub, (each) => ({ ...each, enabled: false }), 'deleted')
      for (const { clientId } of await consents.list(sub)) await consents.end(sub, clientId)
      await users.end(sub)
      await audit.record('user.deleted', { actor, userId: sub })
    },
  }
}

function change({ users, clock }: UserRegistryParts, sub: string, edit: (user: User) => User): Promise<User> {
  const kept = { what: `person ${sub}`, find: () => users.find(sub), put: (user: User) => users.put(user) }
  return putAgain(kept, (user) => ({ ...edit(user), updatedAt: clock.now() }))
}

/** A new address is not verified until somebody says so. */
function verifiedAnew(user: User, changes: Partial<UserWishes>): { readonly emailVerified?: boolean } {
  return 'email' in changes && changes.email !== user.email ? { emailVerified: false } : {}
}

function nameTaken({ username }: User): never {
  return reject('taken', 'username', `The username ${username} or the e-mail address is in use already.`)
}
