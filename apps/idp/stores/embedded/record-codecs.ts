import type { LiveFamily } from '#core/tokens/rotate-family.ts'
import type { LiveSession, Records, RecordType } from '../memory/table.ts'
import { asItIs, type Codec, layout, orEnded } from '../records/layout.ts'
import { accessTokenLayout, codeLayout, familyLayout, requestLayout, sessionLayout } from '../records/layouts.ts'

/** How each type of record is written into the file. */
export const recordCodecs: { readonly [T in RecordType]: Codec<Records[T]> } = {
  request: {
    write: (found) => (found.state === 'open' ? requestLayout.write(found.request) : found.clientId),
    read: (stored) =>
      typeof stored === 'string'
        ? { state: 'ended', clientId: stored }
        : { state: 'open', request: requestLayout.read(stored) },
  },
  code: layout<Records['code']>({ spent: 'plain', code: codeLayout }),
  session: orEnded(layout<LiveSession>({ secretHash: 'plain', session: sessionLayout })),
  family: orEnded(layout<LiveFamily>({ generation: 'plain', rotatedAt: 'date', from: 'plain', family: familyLayout })),
  access: accessTokenLayout,
  token: asItIs(),
  user: asItIs(),
  client: asItIs(),
  everything: asItIs(),
  attempt: asItIs(),
}
