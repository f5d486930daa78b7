import { readFileSync } from 'node:fs'
import { Failure } from './exit-code.ts'

/** What a JSON file holds; says so where it cannot be read or is none. */
export function readJsonFile(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new Failure('usage', `${path} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('usage', `${path} is not JSON.`)
  }
}
