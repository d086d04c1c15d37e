/**
 * Traces: where the time of an operation went, for those that are sampled; the others cost one draw
 * (spec/34-telemetry.md §6).
 *
 * @module
 */
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { ErrorCode } from '@sez/core/errors'

export type TraceFacts = Attributes

export interface Tracing extends AsyncDisposable {
  /**
   * Begins the trace of one operation, or answers null for one that is not sampled.
   *
   * @param parent The caller's `traceparent` header. A well-formed one is taken as the parent; one
   *   that says "not sampled" is obeyed. It never makes more traces than the ratio allows.
   */
  begin(name: string, parent: string | undefined): Trace | null
  /** Goes on with the work of another process of the zone, which has drawn already. */
  resume(name: string, parent: string): Trace | null
}

export interface TracingOptions {
  /** The share of operations that are sampled, from 0 to 1. */
  readonly ratio: number
  /** A number from 0 up to 1, drawn for each operation. */
  readonly draw: () => number
  readonly processor: SpanProcessor
  readonly service: { readonly version: string; readonly zone: string }
}

/** Sends finished spans to an OTLP/HTTP collector in batches; a collector that is away costs spans. */
export function otlpProcessor(url: string): SpanProcessor {
  return new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), {
    maxQueueSize: queuedSpansMax,
    exportTimeoutMillis: exportTimeoutMs,
    scheduledDelayMillis: exportEveryMs,
  })
}

/** Opens the traces of one zone. It is nobody's global: zones of one process do not mix. */
export function openTracing({ ratio, draw, processor, service }: TracingOptions): Tracing {
  const provider = new BasicTracerProvider({
    // What is sampled was decided before a span is made.
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({
      'service.name': 'sez',
      'service.version': service.version,
      'service.namespace': service.zone,
    }),
    spanProcessors: [processor],
  })
  const tracer = provider.getTracer('sez')
  return {
    begin(name, parent) {
      // A caller may choose its trace id and its flag, so neither may decide.
      if (draw() >= ratio) return null
      const given = parent === undefined ? null : parseTraceParent(parent)
      if (given !== null && (given.traceFlags & TraceFlags.SAMPLED) === 0) return null
      const remote = given && trace.setSpanContext(ROOT_CONTEXT, { ...given, isRemote: true })
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, remote ?? ROOT_CONTEXT)
      return new Trace(tracer, span)
    },
    resume(name, parent) {
      const given = parseTraceParent(parent)
      if (given === null) return null
      const remote = trace.setSpanContext(ROOT_CONTEXT, { ...given, isRemote: true })
      return new Trace(tracer, tracer.startSpan(name, { kind: SpanKind.SERVER }, remote))
    },
    async [Symbol.asyncDispose]() {
      // A collector that is away must not hold up an end, nor fail it.
      await provider.shutdown().catch(() => undefined)
    },
  }
}

/** One piece of work of a sampled operation, and what is begun within it. */
export class Trace {
  readonly #tracer: Tracer
  readonly #span: Span

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer
    this.#span = span
  }

  /** For a log line, to find the trace by. */
  get id(): string {
    return this.#span.spanContext().traceId
  }

  /** The W3C header by which another process continues this work. */
  get traceparent(): string {
    const { traceId, spanId } = this.#span.spanContext()
    return `00-${traceId}-${spanId}-01`
  }

  /** Begins a part of this work; a part that is sent elsewhere is a client's. */
  part(name: string, facts: TraceFacts = {}, kind: 'inner' | 'client' = 'inner'): Trace {
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span)
    const options = {
      attributes: facts,
      kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    }
    return new Trace(this.#tracer, this.#tracer.startSpan(name, options, parent))
  }

  /** Adds facts: codes, counts and names of this zone, never a client's text. */
  note(facts: TraceFacts): void {
    this.#span.setAttributes(facts)
  }

  /** Ends it, with the code it failed with. Only the code: a message may quote what was sent. */
  end(code: ErrorCode | 'OTHER' | null = null): void {
    if (code !== null) {
      this.#span.setAttribute('error.type', code)
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code })
    }
    this.#span.end()
  }
}

const exportTimeoutMs = 2_000
const exportEveryMs = 1_000
const queuedSpansMax = 4_096
