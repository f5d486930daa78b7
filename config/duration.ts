const unitSeconds: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 }
const form = /^(\d{1,9})(s|m|h|d)$/

/** Seconds of a duration such as `15s`, `10m`, `24h` or `30d`; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = form.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  return Number(amount) * (unitSeconds[unit] ?? Number.NaN)
}

/** Seconds, to the millisecond, of a duration that may also be written like `1500ms`; undefined where the text is none. */
export function parseShortDuration(text: string): number | undefined {
  const [, milliseconds] = /^(\d{1,9})ms$/.exec(text) ?? []
  return milliseconds === undefined ? parseDuration(text) : Number(milliseconds) / 1000
}

/** Writes seconds in the largest unit that divides them; parts of a second as milliseconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isInteger(seconds)) return `${Math.round(seconds * 1000)}ms`
  const units = Object.entries(unitSeconds).reverse()
  const [unit, size] = units.find(([, size]) => seconds !== 0 && seconds % size === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}
