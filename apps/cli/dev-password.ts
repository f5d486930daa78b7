import { randomInt } from 'node:crypto'

const consonants = 'bdfghjklmnprstvz'
const vowels = 'aeiou'

/** A password that can be read aloud and typed: four pronounceable groups, 66 random bits. */
export function readablePassword(): string {
  return Array.from({ length: 4 }, group).join('-')
}

function group(): string {
  return [consonants, vowels, consonants, vowels, consonants].map(oneOf).join('')
}

function oneOf(letters: string): string {
  return letters.charAt(randomInt(letters.length))
}
