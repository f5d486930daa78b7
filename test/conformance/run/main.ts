/*
 * `npm run conformance -- --suite URL --plan NAME [--config FILE] [--json FILE]`: starts Signet over https, has the OpenID
 * conformance suite at that address run the plan against it, and prints module by module how it went. Ends with 1 where
 * one failed. The README beside this says what else can be told.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { parseArgs } from 'node:util'
import { runPlan } from './run-plan.ts'

const { values } = parseArgs({
  options: {
    suite: { type: 'string' },
    base: { type: 'string' },
    plan: { type: 'string' },
    config: { type: 'string' },
    json: { type: 'string' },
    issuer: { type: 'string', default: 'https://localhost:9443' },
    host: { type: 'string', default: '127.0.0.1' },
    ca: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
    static: { type: 'boolean', default: false },
    'poll-every': { type: 'string', default: '1000' },
  },
})

if (!values.suite || !values.plan) {
  console.error(
    'usage: npm run conformance -- --suite https://localhost:8443 --plan oidcc-basic-certification-test-plan',
  )
  process.exit(2)
}
if (values.ca) setDefaultCACertificates([...getCACertificates('default'), readFileSync(values.ca, 'utf8')])

const { certificate, key } = values
const results = await runPlan({
  suite: values.suite,
  base: values.base ?? values.suite,
  token: process.env.CONFORMANCE_TOKEN,
  plan: values.plan,
  signet: { issuer: values.issuer, host: values.host, tls: certificate && key ? { certificate, key } : undefined },
  registration: values.static ? 'static_client' : 'dynamic_client',
  config: values.config ? JSON.parse(readFileSync(values.config, 'utf8')) : {},
  pollEvery: Number(values['poll-every']),
  say: (line) => console.log(line),
}).catch(giveUp)
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
process.exitCode = results.failed > 0 ? 1 : 0

/** What kept the plan from being run is told in a line: a mistyped name, a suite that is not there. */
function giveUp(error: Error): never {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  console.error(`${error.message}${cause}`)
  process.exit(1)
}
