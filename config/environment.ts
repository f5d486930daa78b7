import { readFileSync } from 'node:fs'
import type { Finding } from './config-error.ts'
import { nearestName } from './nearest-name.ts'
import { settings } from './schema.ts'
import type { Source, Written } from './sources.ts'

export type Environment = { readonly [name: string]: string | undefined }

/**
 * Values of the environment. An empty variable counts as absent, as compose files write them. An unknown `SIGNET_`
 * variable is an error, because it is a setting that the operator believes to be in force. `SIGNET_TEST_` is for tests,
 * and some names are those that Kubernetes gives every container beside a Service called `signet`.
 */
export function readEnvironment(env: Environment): Source {
  const written: Written = new Map()
  const findings: Finding[] = unknownVariables(env)
  for (const [name, setting] of Object.entries(settings)) {
    const variable = setting.environment
    const fileVariable = `${variable}_FILE`
    const file = setting.secret ? env[fileVariable] : undefined
    if (env[variable] && file) {
      const mend = 'Keep one of them.'
      findings.push({ setting: name, source: fileVariable, fault: `${variable} is set as well.`, mend })
    } else if (file) {
      const value = readSecretFile(file)
      if (value !== undefined) written.set(name, { value, source: `${fileVariable}, ${file}` })
      else
        findings.push({
          setting: name,
          source: fileVariable,
          fault: `${file} cannot be read.`,
          mend: 'Check path and rights.',
        })
    } else if (env[variable]) written.set(name, { value: env[variable], source: variable })
  }
  return { written, findings }
}

/** A secret's file without the line end that editors add; undefined where it cannot be read. */
function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}

/** Of the tests, or of Kubernetes: the addresses of the Service `signet`, or of one whose name begins with `signet-`. */
function isOfOthers([name, value]: readonly [string, string | undefined]): boolean {
  if (/^SIGNET_(TEST_|(\w+_)?SERVICE_(HOST|PORT)|(\w+_)?PORT_\d+_(TCP|UDP|SCTP))/.test(name)) return true
  return /_PORT$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value ?? '')
}

function unknownVariables(env: Environment): Finding[] {
  const known = Object.values(settings).flatMap(({ environment, secret }) =>
    secret ? [environment, `${environment}_FILE`] : [environment],
  )
  known.push('SIGNET_CONFIG')
  const unknown = Object.entries(env).filter(
    (entry) => entry[0].startsWith('SIGNET_') && !known.includes(entry[0]) && !isOfOthers(entry),
  )
  return unknown.map(([name]) => {
    const meant = nearestName(name, known)
    const mend = meant ? `Did you mean ${meant}?` : 'Unset it, or see `signet config schema` for what can be set.'
    return { setting: name, source: 'the environment', fault: 'There is no such setting.', mend }
  })
}
