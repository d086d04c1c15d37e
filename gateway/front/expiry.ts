/** The end of a caller's token, for whatever lives longer than a request. @module */
import { type Caller, isExpired } from '@sez/platform/context'
import { clockSkewS } from '@sez/platform/limits'

/** setTimeout cannot wait longer; a token that lives longer is looked at again. */
const timerMsMax = 2 ** 31 - 1

/** Calls `end` once the caller's token has ended, unless `ended` aborts before. */
export function endAtExpiry(
  { caller, now }: { readonly caller: Caller; readonly now: () => Date },
  ended: AbortSignal,
  end: () => void,
): void {
  if (caller.expiresAt === null || ended.aborted) return
  const leftMs = caller.expiresAt.getTime() + clockSkewS * 1_000 - now().getTime()
  const look = (): void => {
    ended.removeEventListener('abort', stop)
    if (isExpired(caller, now())) end()
    else endAtExpiry({ caller, now }, ended, end)
  }
  const timer = setTimeout(look, Math.min(Math.max(leftMs, 0), timerMsMax))
  const stop = (): void => clearTimeout(timer)
  ended.addEventListener('abort', stop, { once: true })
}
