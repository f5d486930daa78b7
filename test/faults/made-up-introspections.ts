import { aRecord, born, type Case, outage, refreshed, revoked, said, saidOf, unavailable } from './made-up-record.ts'

/** What introspection says, of access tokens and of refresh tokens. */
export const introspectionCases: readonly Case[] = [
  ['a living token is inactive', 'blameless-clients', aRecord([born(), said(100, false)])],
  ['an expired one is', undefined, aRecord([born(), said(600_100, false)])],
  [
    'a living refresh token is inactive',
    'blameless-clients',
    aRecord([born(), refreshed(100, 't1', 't2'), saidOf('t2', 200, false)]),
  ],
  [
    'a living refresh token is active',
    undefined,
    aRecord([born(), refreshed(100, 't1', 't2'), saidOf('t2', 200, true)]),
  ],
  [
    'a refresh token is inactive that was replaced',
    undefined,
    aRecord([born(), refreshed(100, 't1', 't2'), saidOf('t1', 200, false)]),
  ],
  [
    'a refresh token is inactive that is being replaced',
    undefined,
    aRecord([born(), refreshed(100, 't1', 't2', { ended: 400 }), saidOf('t1', 200, false)]),
  ],
  [
    'a refresh token is inactive whose use was answered by nobody',
    undefined,
    aRecord([born(), unavailable(1100), saidOf('t1', 1200, false)], outage),
  ],
  [
    'a refresh token is inactive of a family that has ended',
    undefined,
    aRecord([born(), revoked(100), saidOf('t1', 1200, false)]),
  ],
  [
    'a refresh token is active of a family that has ended',
    'ended-stays-ended',
    aRecord([born(), revoked(100), saidOf('t1', 1200, true)]),
  ],
  [
    'refresh tokens of two families are not one token',
    undefined,
    aRecord([
      born(),
      revoked(50),
      saidOf('t1', 1100, false),
      { ...born({ begun: 1200, presented: 'c2', delivered: 'u1', access: 'other' }), family: 'g' },
      { ...saidOf('u1', 2400, true), family: 'g' },
    ]),
  ],
  [
    'inactive here, active there',
    'same-answers',
    aRecord([
      born(),
      revoked(50, { status: undefined, isHungUp: true }),
      said(100, false),
      said(1200, true, { machine: 'b' }),
    ]),
  ],
  [
    'the machines agree within a second',
    undefined,
    aRecord([
      born(),
      revoked(50, { status: undefined, isHungUp: true }),
      said(100, false),
      said(900, true, { machine: 'b' }),
    ]),
  ],
]
