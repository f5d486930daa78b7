/** Milliseconds between two looks, and between two batches while there is more. */
const rest = 30_000
const breath = 100
const batch = 200

/**
 * Deletes what is over, in the background and in small batches, so that no request waits for it. Never keeps the
 * process alive. Returns the function that stops it; a batch that fails is tried again later.
 */
export function purgeExpired(purge: (most: number) => Promise<number>, first = rest): () => void {
  let timer: NodeJS.Timeout
  const next = (delay: number) => {
    timer = setTimeout(run, delay)
    timer.unref()
  }
  let isStopped = false
  const run = async () => {
    const deleted = await purge(batch).catch(() => 0)
    if (!isStopped) next(deleted === batch ? breath : rest)
  }
  next(first)
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
