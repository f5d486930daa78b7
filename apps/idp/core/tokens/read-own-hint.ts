import type { ClientStore } from '../clients/client-store.ts'
import type { Subjects } from '../users/subject.ts'
import type { FactStore } from './fact-store.ts'
import type { HintedIdToken } from './read-id-token.ts'

export type OwnHintParts = {
  readonly readIdToken: (idToken: string, now: Date) => Promise<HintedIdToken | undefined>
  readonly clients: Pick<ClientStore, 'find'>
  readonly facts: Pick<FactStore, 'findSession'>
} & Pick<Subjects, 'subjectFor' | 'sessionOf'>

/**
 * Makes the reader of hints about whose session is to end: `sub` and `sid` are our own. A pairwise subject cannot be
 * turned back; the session that the ID token names says whose it is, and has to agree with it.
 */
export function ownHintReader({ readIdToken, clients, facts, ...known }: OwnHintParts): OwnHintParts['readIdToken'] {
  return async (idToken, now) => {
    const hint = await readIdToken(idToken, now)
    const client = hint && (await clients.find(hint.clientId))
    if (!hint || client?.subjectType !== 'pairwise') return hint
    const sid = hint.sid === undefined ? undefined : known.sessionOf(client, hint.sid)
    const session = sid === undefined ? undefined : await facts.findSession(sid)
    const isTheirs = session !== undefined && known.subjectFor(client, session.userId) === hint.sub
    return isTheirs ? { ...hint, sub: session.userId, sid: session.id } : undefined
  }
}
