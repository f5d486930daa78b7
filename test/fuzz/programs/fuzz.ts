/*
 * `npm run fuzz -- [requests]`: bent requests to a real server, 24,000 unless told. The seed is printed;
 * SIGNET_TEST_SEED repeats its choices. Ends with 1 where the server broke.
 */
import { chosenSeed } from '#test/faults/support/seeded.ts'
import { fuzz } from '../fuzz.ts'

const report = await fuzz({ seed: chosenSeed(), requests: Number(process.argv[2] ?? 24_000) })
console.log(JSON.stringify(report, undefined, 2))
process.exitCode = report.failures.length === 0 ? 0 : 1
