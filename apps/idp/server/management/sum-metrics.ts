import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Exposition } from './metrics.ts'

/** Every metric of one process at one moment, fit to be sent to another. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/**
 * The metrics of several processes as those of one: counters and histograms are summed; gauges too, but for those that
 * say otherwise (a date or a highest is not a sum).
 */
export async function sumMetrics(snapshots: readonly Snapshot[]): Promise<Exposition> {
  const registry = AggregatorRegistry.aggregate([...snapshots])
  return { type: registry.contentType, text: await registry.metrics() }
}

/** What must go on to count of processes that have ended, in one: without it a counter would go back. */
export async function totalsOf(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const only = snapshots.map((one) => one.filter(isTotal))
  return AggregatorRegistry.aggregate(only).getMetricsAsJSON()
}

/** prom-client sends the type as it writes it: a word in most versions. */
function isTotal({ type }: { readonly type: unknown }): boolean {
  return type === 'counter' || type === 'histogram'
}
