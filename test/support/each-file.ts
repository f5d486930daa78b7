/** Vitest runs this before each test file, many of which share a process. */
import { startOver } from './key-stock.ts'

startOver()
