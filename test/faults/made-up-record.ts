import type { Entry, Record } from '#bench/faults/history/history.ts'

/** An entry as it is said in one line: who did what when, and what came of it. */
export type Said = Partial<Entry> & Pick<Entry, 'act' | 'begun'>

/** What a record shows, and the promises that it breaks: mostly one; undefined where it breaks none. */
export type Case = readonly [what: string, broken: string | readonly string[] | undefined, record: Record]

/** A minute without Redis. */
export const outage = { windows: [{ what: 'redis', from: 1000, to: 61_000 }] }

/** A record that nobody has lived: each entry takes 10 ms, is honest, answered 200 and done unless told. */
export function aRecord(said: readonly Said[], more: Partial<Record> = {}): Record {
  const entries = said.map((one, at): Entry => {
    const status = 'status' in one ? one.status : 200
    const usual = { at, actor: 'app', machine: 'a', ended: one.begun + 10, error: undefined, retryAfter: undefined }
    return { ...usual, done: status === 200, ...one, status }
  })
  const nothing = { windows: [], verifications: [], losses: [], looks: [], expectations: [], lag: 0 }
  return { entries, ...nothing, terms: { grace: 30_000, accessLife: 600_000 }, ...more }
}

const family = 'f'

/** The birth of a family, at 0 unless told: its first refresh token is `t1`, its access token `access`. */
export function born(more: Partial<Entry> = {}): Said {
  return {
    act: 'redeem',
    begun: 0,
    family,
    session: 's',
    presented: 'code',
    delivered: 't1',
    access: 'access',
    ...more,
  }
}

/** A refresh that was answered: `t1` to `t2` and so on. */
export function refreshed(begun: number, from: string, to: string, more: Partial<Entry> = {}): Said {
  return { act: 'refresh', begun, family, presented: from, delivered: to, ...more }
}

/** A refresh that was refused. */
export function refused(begun: number, token: string, more: Partial<Entry> = {}): Said {
  return { act: 'refresh', begun, family, presented: token, status: 400, error: 'invalid_grant', ...more }
}

/** An answer of introspection. */
export function said(begun: number, active: boolean, more: Partial<Entry> = {}): Said {
  return { act: 'introspect', begun, family, access: 'access', active, ...more }
}

/** An answer of introspection about a refresh token. */
export function saidOf(token: string, begun: number, active: boolean): Said {
  return { act: 'introspect', begun, family, presented: token, active }
}

/** An acknowledged revocation. */
export function revoked(begun: number, more: Partial<Entry> = {}): Said {
  return { act: 'revoke', begun, family, presented: 't1', ends: true, ...more }
}

/** An answer that says that we cannot answer. */
export function unavailable(begun: number, more: Partial<Entry> = {}): Said {
  return { act: 'refresh', begun, family, presented: 't1', status: 503, retryAfter: '2', ...more }
}
