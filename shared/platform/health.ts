/** Liveness and readiness: named checks, each with its own timeout and reason. @module */
import { SezError } from '@sez/core/errors'
import { mapDatabaseError } from './db.ts'
import { readinessTimeoutMs } from './limits.ts'
import type { Logger } from './log.ts'

/** One thing that must be so. `run` throws when it is not, a SezError where it knows why. */
export interface HealthCheck {
  readonly name: string
  readonly timeoutMs?: number
  /** Of all checks with the same word here one good one is enough to be ready. */
  readonly anyOf?: string
  /** What the process serves goes on without it. */
  readonly isOptional?: boolean
  run(signal: AbortSignal): Promise<void> | void
}

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  readonly reason?: string
  readonly tookMs: number
}

export interface HealthReport {
  /** `degraded` is ready, though part of it failed that others make up for or nothing waits for. */
  readonly status: 'ready' | 'degraded' | 'not ready'
  readonly checks: readonly CheckResult[]
}

/** The process runs: nothing is asked, so that a dead database restarts nobody. */
export const liveness = Object.freeze({ status: 'live' })

/**
 * Opens the readiness question. Callers at one time share one run, so that probes cannot crowd out
 * the work they ask about.
 */
export function openReadiness(
  checks: readonly HealthCheck[],
  options: { readonly log: Pick<Logger, 'warn'>; readonly now: () => Date },
): () => Promise<HealthReport> {
  let running: Promise<HealthReport> | null = null
  const run = async (): Promise<HealthReport> => {
    try {
      const results = await Promise.all(checks.map((check) => runCheck(check, options)))
      return { status: statusOf(checks, results), checks: results }
    } finally {
      running = null
    }
  }
  return () => {
    running ??= run()
    return running
  }
}

function statusOf(
  checks: readonly HealthCheck[],
  results: readonly CheckResult[],
): HealthReport['status'] {
  if (results.every(({ ok }) => ok)) return 'ready'
  const good = new Set(checks.filter((_, i) => results[i]?.ok).map(({ anyOf }) => anyOf))
  const isHeld = ({ anyOf, isOptional = false }: HealthCheck, i: number): boolean =>
    isOptional || results[i]?.ok === true || (anyOf !== undefined && good.has(anyOf))
  return checks.every(isHeld) ? 'degraded' : 'not ready'
}

async function runCheck(
  check: HealthCheck,
  { log, now }: { readonly log: Pick<Logger, 'warn'>; readonly now: () => Date },
): Promise<CheckResult> {
  const { name, timeoutMs = readinessTimeoutMs } = check
  const startedMs = now().getTime()
  const tookMs = (): number => Math.max(0, now().getTime() - startedMs)
  const ending = new AbortController()
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => {
    late.resolve('late')
    ending.abort()
  }, timeoutMs)
  try {
    // Started in a promise, so that a check that throws at once is caught as well.
    const work = Promise.resolve(ending.signal).then((signal) => check.run(signal))
    const outcome = await Promise.race([work, late.promise])
    if (outcome !== 'late') return { name, ok: true, tookMs: tookMs() }
    return { name, ok: false, reason: `No answer within ${timeoutMs} ms.`, tookMs: tookMs() }
  } catch (cause) {
    // Checks ask Postgres directly: what it says gets its code here, and loses its parameters.
    const failure = mapDatabaseError(cause)
    log.warn({ err: failure, check: name }, 'a readiness check failed')
    return { name, ok: false, reason: reasonOf(failure), tookMs: tookMs() }
  } finally {
    clearTimeout(timer)
  }
}

/** Only coded failures are shown: others may quote addresses or credentials. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof SezError)) return 'It failed; the log says why.'
  return `${failure.code}: ${failure.message}`
}
