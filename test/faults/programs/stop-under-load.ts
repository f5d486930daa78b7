/* `npm run stop:load -- [rounds]`: SIGTERM under load, ten times unless told. Ends with 1 where anything was lost. */
import { stopUnderLoad } from '../stop-under-load.ts'
import { chosenSeed } from '../support/seeded.ts'

const seed = chosenSeed()
for (let round = 0; round < Number(process.argv[2] ?? 10); round++) {
  const report = await stopUnderLoad(seed + round)
  console.log(JSON.stringify(report, undefined, 2))
  if (report.failures.length > 0 || report.exit !== 0) process.exitCode = 1
}
