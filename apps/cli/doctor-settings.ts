import type { Command } from 'commander'
import { isLoopback } from '#config/address-kinds.ts'
import type { Config } from '#config/config.ts'
import { ConfigError } from '#config/config-error.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'
import { settingsOf } from './settings.ts'

/** Whether `signet serve` would take the settings. What is only missing is a warning: `signet dev` does without. */
export function checkSettings(command: Command): readonly DoctorFinding[] {
  try {
    settingsOf(command, { mode: 'serve' })
    return [fine('The settings are right for `signet serve`.')]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.findings.map(({ setting, source, fault, mend }) => {
      const tell = source === 'not set' ? warning : wrong
      return tell(`${setting} (${source}): ${fault}`, mend)
    })
  }
}

/** Whether what browsers see is encrypted, and whether a proxy in front is known. */
export function checkTls({ issuer, listen }: Config): readonly DoctorFinding[] {
  const url = new URL(issuer)
  if (url.protocol === 'http:') {
    return isLoopback(url.hostname)
      ? [fine(`The issuer ${issuer} is this machine: no TLS needed.`)]
      : [
          wrong(
            `The issuer ${issuer} is not https.`,
            'Put a TLS proxy in front, or set listen.tls, and write SIGNET_ISSUER with https.',
          ),
        ]
  }
  const found = [fine(`The issuer ${issuer} is https.`)]
  if (listen.trustProxy.length > 0 || listen.tls.certificate !== undefined) return found
  const mend = 'Set SIGNET_TRUST_PROXY to the address of the TLS proxy.'
  return [
    ...found,
    warning('No proxy is trusted: everybody seems to come from the proxy, and throttles bite all.', mend),
  ]
}
