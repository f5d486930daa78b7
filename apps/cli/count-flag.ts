import { InvalidArgumentError } from 'commander'

/** Reads how many are wanted: a whole number from 1. */
export function countFlag(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}
