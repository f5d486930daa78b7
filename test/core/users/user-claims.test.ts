import { expect, test } from 'vitest'
import type { Json } from '#core/users/user.ts'
import { faultsOfClaims } from '#core/users/user-claims.ts'

const fine: readonly (readonly [string, Json])[] = [
  ['name', 'Ada Lovelace'],
  ['middle_name', 'King'],
  ['profile', 'https://people.test/ada'],
  ['picture', 'http://people.test/ada.png'],
  ['website', 'https://ada.test'],
  ['gender', 'female'],
  ['birthdate', '1815-12-10'],
  ['birthdate', '1815'],
  ['birthdate', '0000-02-29'],
  ['zoneinfo', 'America/Argentina/Buenos_Aires'],
  ['locale', 'en-GB'],
  ['locale', 'de_DE'],
  ['phone_number', '+44 20 7946 0000'],
  ['phone_number', '+1 (604) 555-1234;ext=5678'],
  ['phone_number_verified', false],
  ['address', { street_address: '1 Main St', locality: 'London', country: 'UK' }],
  ['roles', ['admin', 'editor']],
  ['department', { name: 'engines', floors: [1, 2] }],
]
test.each(fine)('%s may be %j', (claim, value) => {
  expect(faultsOfClaims({ [claim]: value })).toEqual([])
})

const wrong: readonly (readonly [string, Json])[] = [
  ['name', 5],
  ['nickname', null],
  ['profile', 'ada'],
  ['picture', 'javascript:alert(1)'],
  ['website', 'data:text/html,x'],
  ['birthdate', '10.12.1815'],
  ['birthdate', '1815-13-10'],
  ['birthdate', '1815-02-30'],
  ['birthdate', 1815],
  ['zoneinfo', 'Atlantis'],
  ['zoneinfo', '+01:00'],
  ['locale', 'english please'],
  ['phone_number', '020 7946 0000'],
  ['phone_number', 442079460000],
  ['phone_number_verified', 'true'],
  ['address', 'London'],
  ['address', { street: '1 Main St' }],
  ['address', { locality: '' }],
  ['address', { locality: 5 }],
  ['roles', 'admin'],
  ['roles', [['admin']]],
  ['email', 'ada@example.com'],
  ['email_verified', true],
  ['preferred_username', 'ada'],
  ['updated_at', 5],
  ['sub', 'usr_1'],
  ['acr', 'aal3'],
]
test.each(wrong)('%s must not be %j, and the fault says so by name', (claim, value) => {
  const faults = faultsOfClaims({ [claim]: value })
  expect(faults).toHaveLength(1)
  expect(faults[0]?.what).toContain(`The claim ${claim} `)
})
