import { expect, test } from 'vitest'
import { faults, load } from './sources.ts'

test('what may be reached although it is private is a list of hosts and ranges', () => {
  expect(load({}).outbound.allow).toEqual([])
  const env = { SIGNET_OUTBOUND_ALLOW: 'RP.internal, rp.internal:8443,10.1.0.0/16,[fd00::7]:8443' }
  expect(load({ env }).outbound.allow).toEqual(['rp.internal', 'rp.internal:8443', '10.1.0.0/16', '[fd00::7]:8443'])
})

test.each(['*', '*.internal', 'https://rp.internal', '0.0.0.0/0', '10.0.0.0/40', 'rp.internal/x', 'a b'])(
  '%s is neither, and nothing starts with it',
  (entry) => {
    const [found] = faults({ env: { SIGNET_OUTBOUND_ALLOW: entry } })
    expect(found).toMatchObject({ setting: 'outbound.allow', source: 'SIGNET_OUTBOUND_ALLOW' })
    expect(found?.fault).toContain('neither a host nor a CIDR range')
  },
)
