/**
 * The numbers of one zone: a registry that is handed around, and what is so of any Node process
 * (spec/34-telemetry.md).
 *
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'

export type { Registry } from 'prom-client'

/** One value with its labels. */
export type Reading = readonly [labels: Readonly<Record<string, string>>, value: number]

export interface Metrics extends Disposable {
  /** Where each room adds the numbers it knows. */
  readonly registry: Registry
}

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE

/** Bounds that tell a cached read from a slow write, in seconds. */
export const durationBucketsS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** A registry for whoever is handed none. */
export function openRegistry(): Registry {
  return new Registry()
}

/** Opens the registry of one zone. */
export function openMetrics(build: {
  readonly version: string
  readonly mode: string
  readonly zone: string
}): Metrics {
  const registry = openRegistry()
  measure(registry, 'gauge', {
    name: 'sez_build_info',
    help: 'What runs here; always 1.',
    labelNames: ['version', 'node', 'mode', 'zone'],
    read: () => [[{ ...build, node: process.version }, 1]],
  })
  const stop = measureProcess(registry)
  return { registry, [Symbol.dispose]: stop }
}

/**
 * Adds a number that is read at each scrape. What the last reading named and this one does not is
 * gone.
 */
export function measure(
  registry: Registry,
  kind: 'gauge' | 'counter',
  metric: {
    readonly name: string
    readonly help: string
    readonly labelNames?: readonly string[]
    read(): readonly Reading[]
  },
): void {
  const { name, help, labelNames = [] } = metric
  const options = { name, help, labelNames, registers: [] }
  const made =
    kind === 'gauge'
      ? new Gauge({
          ...options,
          collect() {
            this.reset()
            for (const [labels, value] of metric.read()) this.set(labels, value)
          },
        })
      : new Counter({
          ...options,
          collect() {
            this.reset()
            for (const [labels, value] of metric.read()) this.inc(labels, value)
          },
        })
  registry.registerMetric(made)
}

const nanosecondsPerS = 1e9
const quantiles = [0.5, 0.99, 1]

/** Answers how to stop watching the event loop. */
function measureProcess(registry: Registry): () => void {
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  measure(registry, 'gauge', {
    name: 'nodejs_eventloop_delay_seconds',
    help: 'How late timers came since the last scrape.',
    labelNames: ['quantile'],
    read() {
      const readings = quantiles.map((quantile): Reading => {
        const nanoseconds = delays.percentile(quantile * 100)
        return [{ quantile: String(quantile) }, nanoseconds / nanosecondsPerS]
      })
      delays.reset()
      return readings
    },
  })
  measure(registry, 'counter', {
    name: 'process_cpu_seconds_total',
    help: 'Processor time of this process, user and system.',
    read() {
      const { user, system } = process.cpuUsage()
      return [[{}, (user + system) / 1e6]]
    },
  })
  measure(registry, 'gauge', {
    name: 'process_resident_memory_bytes',
    help: 'Memory of this process.',
    read: () => [[{}, process.memoryUsage.rss()]],
  })
  measure(registry, 'gauge', {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Memory of this process that JavaScript values take.',
    read: () => [[{}, process.memoryUsage().heapUsed]],
  })
  const startedS = Math.round(performance.timeOrigin / 1_000)
  measure(registry, 'gauge', {
    name: 'process_start_time_seconds',
    help: 'When this process started, in seconds since 1970.',
    read: () => [[{}, startedS]],
  })
  return () => delays.disable()
}
