import { expect, test } from 'vitest'
import { forbiddenImports } from './imports.ts'
import { heldWriters } from './migrations.ts'
import { rooms, undocumented } from './rooms.ts'
import { commentShare, limits, longFiles, longFunctions, medians } from './sizes.ts'
import { readSources } from './source.ts'
import { anyTypes, forbiddenWords, oddFileNames, vagueNames } from './words.ts'

const sources = readSources('.')

test.each([
  ['imports follow the table of the architecture', forbiddenImports],
  ['files stay short', longFiles],
  ['functions stay short', longFunctions],
  ['names say something', vagueNames],
  ['files are named in kebab-case', oddFileNames],
  ['forbidden spellings stay out', forbiddenWords],
  ['any stays out', anyTypes],
  ['every room has a README', rooms],
  ['exported functions have a docstring', undocumented],
  ['migrations keep no writers waiting', heldWriters],
])('%s', (_rule, violations) => {
  expect(violations(sources)).toEqual([])
})

test('the middle file and the middle function are small', () => {
  const { file, function: functions } = medians(sources)
  expect(file).toBeLessThanOrEqual(limits.fileMedian)
  expect(functions).toBeLessThanOrEqual(limits.functionMedian)
})

test('comments say why, and do not drown the code', () => {
  const [least, most] = limits.comments
  expect(commentShare(sources)).toBeGreaterThanOrEqual(least)
  expect(commentShare(sources)).toBeLessThanOrEqual(most)
})
