/*
 * Loaded by `--import` into one server of the laboratory: its wall clock is off by the milliseconds that the file in
 * LAB_CLOCK_FILE says, looked at four times a second. The monotonic clock stays what it is, as on a real machine.
 */
import { readFileSync } from 'node:fs'

const file = process.env.LAB_CLOCK_FILE
if (file) shift(file)

function shift(path: string): void {
  const RealDate = Date
  const realNow = Date.now.bind(Date)
  let offset = read(path)
  setInterval(() => {
    offset = read(path)
  }, 250).unref()
  const now = () => realNow() + offset
  const Shifted = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  })
  Reflect.set(globalThis, 'Date', Shifted)
}

function read(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0
  } catch {
    return 0
  }
}
