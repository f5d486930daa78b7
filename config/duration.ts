const unitSeconds: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 }
const form = /^(\d{1,9})(s|m|h|d)$/

/** Seconds of a duration such as `15s`, `10m`, `24h` or `30d`; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = form.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  return Number(amount) * (unitSeconds[unit] ?? Number.NaN)
}

/** Writes seconds in the largest unit that divides them. */
export function formatDuration(seconds: number): string {
  const units = Object.entries(unitSeconds).reverse()
  const [unit, size] = units.find(([, size]) => seconds !== 0 && seconds % size === 0) ?? ['s', 1]
  return `${seconds / size}${unit}`
}
