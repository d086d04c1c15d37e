/** The secret by which subgraphs know the gateway, from its file. @module */
import { join } from 'node:path'
import { loadAssertionSecret } from '@sez/platform/assertion'
import type { Config } from '@sez/platform/config'

/**
 * Loads it from the configured file, or in development from one in the data folder. It is zero once
 * `stack` is disposed of.
 */
export function openAssertionSecret(config: Config, stack: AsyncDisposableStack): Uint8Array {
  const file = config.assertionSecretFile ?? join(config.dataDir, 'assertion-secret.json')
  return stack.adopt(
    loadAssertionSecret({ file, mode: config.mode }),
    (secret) => void secret.fill(0),
  )
}
