/** Traces that stay in memory, as a test reads them. @module */
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { openTracing, type Tracing } from './tracing.ts'

/** One finished span, with the name of the span it was begun in. */
export interface SeenSpan {
  readonly name: string
  readonly parent: string | null
  readonly traceId: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** Opens traces of which `ratio` are sampled, by draws in the given order (0 when used up). */
export function openTestTracing(
  options: { readonly ratio?: number; readonly draws?: number[] } = {},
): { readonly tracing: Tracing; readonly spans: () => readonly SeenSpan[] } {
  const { ratio = 1, draws = [] } = options
  const exporter = new InMemorySpanExporter()
  const tracing = openTracing({
    ratio,
    draw: () => draws.shift() ?? 0,
    processor: new SimpleSpanProcessor(exporter),
    service: { version: 'test', zone: 'test' },
  })
  return {
    tracing,
    spans: () => {
      const finished = exporter.getFinishedSpans()
      const names = new Map(finished.map((span) => [span.spanContext().spanId, span.name]))
      return finished.map((span) => ({
        name: span.name,
        parent:
          names.get(span.parentSpanContext?.spanId ?? '') ?? span.parentSpanContext?.spanId ?? null,
        traceId: span.spanContext().traceId,
        facts: span.attributes,
      }))
    },
  }
}
