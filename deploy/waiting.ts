/** Processes of a zone may start in any order: who comes first waits for what others bring. @module */
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, SezError } from '@sez/core/errors'
import type { StartOptions } from './start.ts'

/** What passes once the database is up, migrated, and the log's process has told its key. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'DATABASE_UNAVAILABLE',
  'POSTGRES_UNAVAILABLE',
  'SCHEMA_BEHIND',
  'ZONE_KEY_UNREGISTERED',
] as const)

/** Then whoever started the process should hear of it, and may start it again. */
const waitMs = 60_000
const retryEveryMs = 250

/**
 * Tries until storage is there, saying once what it waits for; `attempt` opens on the stack it is
 * given, and what it opened is on `stack` when it succeeds.
 *
 * @throws whatever is final at once, and the last refusal after a minute.
 */
export async function whenStored<T>(
  stack: AsyncDisposableStack,
  { onProgress, signal }: Pick<StartOptions, 'onProgress' | 'signal'>,
  attempt: (stack: AsyncDisposableStack) => Promise<T>,
): Promise<T> {
  const deadlineMs = performance.now() + waitMs
  let told = ''
  for (;;) {
    await using opened = new AsyncDisposableStack()
    try {
      const result = await attempt(opened)
      stack.use(opened.move())
      return result
    } catch (error) {
      const isPassing = error instanceof SezError && passing.has(error.code)
      if (!isPassing || performance.now() > deadlineMs) throw error
      if (told !== error.code) onProgress?.(`waiting: ${error.message}`)
      told = error.code
    }
    await delay(retryEveryMs, undefined, signal === undefined ? {} : { signal })
  }
}
