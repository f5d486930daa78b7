/*
 * `npm run rotate:load -- [seconds]`: keys rotate every few seconds under load, for a minute unless told. Ends with 1
 * where anybody noticed.
 */
import { rotateUnderLoad } from '../rotation-load.ts'

const report = await rotateUnderLoad(Number(process.argv[2] ?? 60))
console.log(JSON.stringify({ ...report, failures: report.failures.slice(0, 20) }, undefined, 2))
process.exitCode = report.failures.length === 0 ? 0 : 1
