import { lookup, Resolver } from 'node:dns/promises'

/** The addresses of a name; none where it has none. May reject. */
export type ResolveHost = (host: string) => Promise<readonly string[]>

/**
 * Names of strangers, asked of the name servers alone. Never the system's own look-up: that one blocks a thread of the
 * few that passwords are hashed on, for as long as a stranger's name server likes.
 */
export function strangerResolver(): ResolveHost {
  return async (host) => {
    const resolver = new Resolver({ timeout: 1000, tries: 2 })
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

/** Names that the operator gave: as this machine knows them, its hosts file and search domains included. */
export const resolveNamed: ResolveHost = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)
