/*
 * `npm run kill:embedded -- [rounds]`: `kill -9` at moments that nobody chose, a hundred times unless told. The seed is
 * printed; SIGNET_TEST_SEED repeats its choices. Ends with 1 where something acknowledged was lost.
 */
import { killRounds } from '../kill/kill-rounds.ts'
import { chosenSeed } from '../support/seeded.ts'

const report = await killRounds({ seed: chosenSeed(), rounds: Number(process.argv[2] ?? 100) })
console.log(JSON.stringify({ ...report, failures: report.failures.slice(0, 20) }, undefined, 2))
process.exitCode = report.failures.length === 0 ? 0 : 1
