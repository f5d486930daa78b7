import type { Excuse, LiveFamily } from '#core/tokens/rotate-family.ts'
import type { LiveSession, Records, RecordType } from '../memory/table.ts'
import { asItIs, type Codec, layout, orEnded } from '../records/layout.ts'
import { codeLayout, familyLayout, requestLayout, sessionLayout, spentCodeLayout } from '../records/layouts.ts'

/** How each type of record is written into the file. */
export const recordCodecs: { readonly [T in RecordType]: Codec<Records[T]> } = {
  request: {
    write: (found) => (found.state === 'open' ? requestLayout.write(found.request) : found.clientId),
    read: (stored) =>
      typeof stored === 'string'
        ? { state: 'ended', clientId: stored }
        : { state: 'open', request: requestLayout.read(stored) },
  },
  code: {
    write: (found) => (found.spent ? [1, spentCodeLayout.write(found.code)] : [0, codeLayout.write(found.code)]),
    read(stored) {
      const [spent, code = null] = Array.isArray(stored) ? stored : []
      return spent === 1
        ? { spent: true, code: spentCodeLayout.read(code) }
        : { spent: false, code: codeLayout.read(code) }
    },
  },
  session: orEnded(layout<LiveSession>({ secretHash: 'plain', session: sessionLayout })),
  family: orEnded(
    layout<LiveFamily>({
      generation: 'plain',
      rotatedAt: 'date',
      from: 'plain',
      family: familyLayout,
      excuse: layout<Excuse>({ from: 'plain', until: 'date' }),
    }),
  ),
  token: asItIs(),
  user: asItIs(),
  client: asItIs(),
  everything: asItIs(),
  attempt: asItIs(),
  replay: asItIs(),
}
