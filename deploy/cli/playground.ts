/** Bundles the playground while the API answers already. @module */
import { SezError } from '@sez/core/errors'
import { buildPlayground } from '@sez/gateway/playground'
import type { Setting } from './running.ts'

/** Never rejects: the API answers without its playground, as on a disk that may not be written. */
export async function bundlePlayground({
  log,
  tell,
  signal,
}: Pick<Setting, 'log' | 'tell' | 'signal'>): Promise<void> {
  try {
    await buildPlayground({ signal })
    if (!signal.aborted) tell('playground')
  } catch (failure) {
    const output = failure instanceof SezError ? failure.details['output'] : null
    if (!signal.aborted) log.warn({ err: failure, output }, 'the playground could not be bundled')
  }
}
