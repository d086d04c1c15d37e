/** How long to wait before trying again: longer each time, never in step with others. @module */

const delayFirstMs = 100
const delayMaxMs = 15_000

/**
 * The wait before attempt `attempt` (1 is the first repetition): exponential, between half and the
 * whole of its bound, at least what the zone asked for.
 *
 * @param random 0 up to 1; many clients that lost one zone must not come back together.
 */
export function backoffMs(
  attempt: number,
  options: { readonly random: () => number; readonly retryAfterMs?: number | null },
): number {
  const boundMs = Math.min(delayFirstMs * 2 ** Math.min(attempt - 1, 20), delayMaxMs)
  return Math.max(boundMs * (0.5 + options.random() / 2), options.retryAfterMs ?? 0)
}

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
