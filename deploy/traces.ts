/** The traces of a process, where the configuration names a collector. @module */
import { randomBytes } from '@sez/platform/clock'
import type { Config } from '@sez/platform/config'
import type { Tracing } from '@sez/platform/tracing'
import { stackVersion } from './metrics.ts'

/** Opens them on `stack`; null where nobody collects them. */
export async function openTraces(
  { traces, zoneId: zone }: Config,
  stack: AsyncDisposableStack,
): Promise<Tracing | null> {
  if (traces === null) return null
  // Loaded only where it is used: a zone without traces starts without these packages.
  const { openTracing, otlpProcessor } = await import('@sez/platform/tracing')
  return stack.use(
    openTracing({
      ratio: traces.per1000 / 1_000,
      draw: () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32,
      processor: otlpProcessor(traces.url),
      service: { version: stackVersion, zone },
    }),
  )
}
