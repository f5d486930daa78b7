import { formatDuration, parseDuration, parseShortDuration } from './duration.ts'
import type { Kind, Reading } from './setting.ts'

/** A written value as an error shows it: quoted, cut, on one line. */
export function quote(written: unknown): string {
  const text = typeof written === 'string' ? written : (JSON.stringify(written) ?? String(written))
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text
  return JSON.stringify(short)
}

/** Bounds of a number, both included. */
export type Bounds = { readonly least: number; readonly most: number }

/** A duration with its unit: `15s`, `10m`, `24h`, `30d`. Whole seconds. */
export function duration(bounds: Bounds): Kind<number> {
  return durationIn(bounds, {
    parse: parseDuration,
    pattern: '^\\d{1,9}[smhd]$',
    units: 's, m, h or d',
    example: '10m',
  })
}

/** How long to wait for something: a duration that may have parts of a second, `1500ms`. */
export function shortDuration(bounds: Bounds): Kind<number> {
  const units = 'ms, s or m'
  return durationIn(bounds, { parse: parseShortDuration, pattern: '^\\d{1,9}(ms|[smhd])$', units, example: '1500ms' })
}

type DurationForm = {
  readonly parse: (text: string) => number | undefined
  readonly pattern: string
  readonly units: string
  readonly example: string
}

function durationIn({ least, most }: Bounds, { parse, pattern, units, example }: DurationForm): Kind<number> {
  const range = `from ${formatDuration(least)} to ${formatDuration(most)}`
  return {
    read(written) {
      const seconds = parse(String(written))
      const mend = `Write a number with its unit (${units}), ${range}; for instance ${example}.`
      if (seconds === undefined) return { fault: `${quote(written)} is not a duration.`, mend }
      if (seconds < least) return { fault: `${quote(written)} is too short.`, mend }
      return seconds > most ? { fault: `${quote(written)} is too long.`, mend } : { value: seconds }
    },
    json: { type: 'string', pattern },
    write: formatDuration,
  }
}

/** A whole number. */
export function integer({ least, most }: Bounds): Kind<number> {
  return {
    read(written) {
      const mend = `Write a whole number from ${least} to ${most}.`
      if (!/^\d{1,15}$/.test(String(written))) return { fault: `${quote(written)} is not a whole number.`, mend }
      const value = Number(written)
      return value < least || value > most ? { fault: `${quote(written)} is out of range.`, mend } : { value }
    },
    json: { type: 'integer', minimum: least, maximum: most },
    write: (value) => value,
  }
}

const portNumber = integer({ least: 0, most: 65_535 })

/** A TCP port; 0 takes a free one. Kubernetes writes an address into `SIGNET_PORT` where a Service is called `signet`. */
export const port: Kind<number> = {
  ...portNumber,
  read(written) {
    if (!/^(tcp|udp|sctp):\/\//.test(String(written))) return portNumber.read(written)
    const fault = `${quote(written)} is no port; Kubernetes sets this variable for a Service of that name.`
    return { fault, mend: 'Set enableServiceLinks: false in the spec of the pod, or the port itself in its env.' }
  },
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const controlCharacters = /[\x00-\x1f\x7f]/

/** A short text on one line. */
export const text: Kind<string> = {
  read(written) {
    const mend = 'Write 1 to 200 characters on one line.'
    if (typeof written !== 'string') return { fault: `${quote(written)} is not a text.`, mend }
    if (written.trim() === '') return { fault: 'It is empty.', mend }
    if (written.length > 200 || controlCharacters.test(written))
      return { fault: `${quote(written)} will not do.`, mend }
    return { value: written }
  },
  json: { type: 'string', minLength: 1, maxLength: 200 },
  write: (value) => value,
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return {
    read(written) {
      const value = words.find((word) => word === written)
      if (value !== undefined) return { value }
      return { fault: `${quote(written)} is not known.`, mend: `Use one of: ${words.join(', ')}.` }
    },
    json: { enum: words },
    write: (value) => value,
  }
}

/** Several values of a kind: a YAML list, or one text separated by commas. */
export function list<T extends string>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    read(written) {
      const items = Array.isArray(written) ? written : splitList(written)
      if (!items) return { fault: `${quote(written)} is not a list.`, mend: 'Write a list, or one text with commas.' }
      const readings = items.map((item) => kind.read(item))
      const wrong = readings.find((reading): reading is Exclude<Reading<T>, { value: T }> => 'fault' in reading)
      return wrong ?? { value: readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])) }
    },
    json: { type: 'array', items: kind.json },
    write: (values) => values.map(kind.write),
  }
}

function splitList(written: unknown): readonly string[] | undefined {
  if (typeof written !== 'string') return undefined
  const items = written.split(',').map((item) => item.trim())
  return items.filter((item) => item !== '')
}

/** A setting that may be left out. */
export function maybe<T>(kind: Kind<T>): Kind<T | undefined> {
  return { ...kind, write: (value) => (value === undefined ? undefined : kind.write(value)) }
}
