/** One thing that is wrong with a configuration. Never contains a secret. */
export type Finding = {
  readonly setting: string
  /** Where its value came from, for instance `SIGNET_PORT` or `config/local.yaml`. */
  readonly source: string
  readonly fault: string
  readonly mend: string
}

/** A configuration that nothing may start with. All that is wrong is told at once. */
export class ConfigError extends Error {
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    const count = findings.length === 1 ? 'A setting is wrong' : `${findings.length} settings are wrong`
    super([`${count}.`, ...findings.map(describe)].join('\n\n'))
    this.name = 'ConfigError'
    this.findings = findings
  }
}

function describe({ setting, source, fault, mend }: Finding): string {
  return `  ${setting} (${source}): ${fault}\n    ${mend}`
}
