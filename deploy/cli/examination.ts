/** The checks of the doctor: each by itself, bound in time, its secrets kept. @module */
import { SezError } from '@sez/core/errors'

export type Status = 'ok' | 'warn' | 'fail'

/** What a check found, and the one sentence of advice that goes with a warning or a failure. */
export interface Finding {
  readonly status: Status
  readonly found: string
  readonly advice: string | null
}

export interface Check {
  readonly name: string
  run(signal: AbortSignal): Finding | Promise<Finding>
}

export type Examined = Finding & { readonly name: string }

/** Long enough for a slow database, short enough for whoever waits. */
const checkTimeoutMs = 5_000

export function ok(found: string): Finding {
  return { status: 'ok', found, advice: null }
}

export function warn(found: string, advice: string): Finding {
  return { status: 'warn', found, advice }
}

export function fail(found: string, advice: string): Finding {
  return { status: 'fail', found, advice }
}

/**
 * Runs checks one after another. One that throws or does not end is a failure of its own, and the
 * rest run all the same. No text of `secrets` is in what comes out.
 */
export async function examine(
  checks: readonly Check[],
  options: { readonly secrets: readonly string[]; readonly timeoutMs?: number },
): Promise<readonly Examined[]> {
  const { secrets, timeoutMs = checkTimeoutMs } = options
  const examined: Examined[] = []
  for (const check of checks) {
    const { status, found, advice } = await runCheck(check, timeoutMs)
    const keep = (text: string): string =>
      secrets.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text)
    examined.push({
      name: check.name,
      status,
      found: keep(found),
      advice: advice === null ? null : keep(advice),
    })
  }
  return examined
}

async function runCheck(check: Check, timeoutMs: number): Promise<Finding> {
  const ending = new AbortController()
  const late = Promise.withResolvers<Finding>()
  const timer = setTimeout(() => {
    const found = `no answer within ${timeoutMs} ms`
    late.resolve(fail(found, 'See whether what it asks hangs, then run sez doctor again.'))
    ending.abort()
  }, timeoutMs)
  try {
    // Started in a promise, so that a check that throws at once is caught as well.
    const work = Promise.resolve(ending.signal).then((signal) => check.run(signal))
    return await Promise.race([work, late.promise])
  } catch (error) {
    return failureOf(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Only coded failures are told in full: others may quote an address with what is in it. */
function failureOf(error: unknown): Finding {
  if (error instanceof SezError) {
    const [found = '', ...advice] = error.message.split(/(?<=\.) /u)
    return fail(`${error.code}: ${found}`, advice.join(' ') || error.message)
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  const name = error instanceof Error ? error.name : 'something unknown'
  return fail(
    `the check itself failed: ${code ?? name}`,
    'Report this with the version of the release; the other checks are not affected.',
  )
}
