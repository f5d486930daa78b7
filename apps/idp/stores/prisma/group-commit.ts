import { Unavailable } from '#core/oauth/error.ts'
import { isLocked, isRefused, settled } from './database.ts'

export type GroupLimits = {
  /** How many go into one commit. */
  readonly most: number
  /** How many may wait for the next. */
  readonly waiting: number
  /** How many commits may be under way: more than one where one that waits for a lock must not keep all others waiting. */
  readonly lanes: number
  /** Milliseconds until each is told. */
  readonly settle: number
}

/** Commits some together, or none of them; what is to be done after that they all wait for, but the next do not. */
type Commit<Item> = (items: readonly Item[]) => Promise<() => Promise<void>>

type Waiting<Item> = { readonly item: Item; readonly done: PromiseWithResolvers<void>; isOver: boolean }

/**
 * One commit for all that came while the one before was under way: nobody waits who is alone, and many share one sync of
 * the disk. Each is told when its own commit and what follows it are done. Where the database refuses what is in a
 * group, or somebody else holds a row of it, each is tried alone, so that none fails for its neighbour; nobody waits for
 * those who wait for a row. The work must be idempotent.
 */
export function groupCommit<Item>(limits: GroupLimits, commit: Commit<Item>): (item: Item) => Promise<void> {
  const queue: Waiting<Item>[] = []
  let running = 0

  async function run(): Promise<void> {
    running++
    while (queue.length > 0) {
      const group = queue.splice(0, limits.most).filter(({ isOver }) => !isOver)
      if (group.length > 0) await commitGroup(group)
    }
    running--
  }

  /** Settles everybody in the group, now or when what follows is done; never rejects. */
  async function commitGroup(group: readonly Waiting<Item>[]): Promise<void> {
    try {
      const follow = await commit(group.map(({ item }) => item))
      follow().then(
        () => forAll(group, ({ done }) => done.resolve()),
        (error) => void fail(group, error),
      )
    } catch (error) {
      const alone = fail(group, error)
      if (!isLocked(error)) await alone
    }
  }

  /** Tries each alone where it was only one of them, and tells all where it was not. */
  async function fail(group: readonly Waiting<Item>[], error: unknown): Promise<void> {
    const mayBeOne = group.length > 1 && (isRefused(error) || isLocked(error))
    if (mayBeOne) await Promise.all(group.map((one) => (one.isOver ? undefined : commitGroup([one]))))
    else forAll(group, ({ done }) => done.reject(error))
  }

  return async (item) => {
    if (queue.length >= limits.waiting) throw new Unavailable('too much is waiting to be kept')
    const waiting = { item, done: Promise.withResolvers<void>(), isOver: false }
    queue.push(waiting)
    if (running < limits.lanes) void run()
    try {
      await settled(waiting.done.promise, limits.settle)
    } finally {
      waiting.isOver = true
    }
  }
}

function forAll<T>(all: readonly T[], tell: (one: T) => void): void {
  for (const one of all) tell(one)
}
