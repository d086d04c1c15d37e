/** Seeds a zone from outside its processes, through its database. @module */
import { SezError } from '@sez/core/errors'
import type { Config } from '@sez/platform/config'
import type { Logger } from '@sez/platform/log'
import type { ReactionGround } from '@sez/platform/reactions'
import { startOwnSequencer } from '@sez/platform/sequencer'
import { groundOf, openHub } from '../ground.ts'
import { identityOf, openKeys, registerKey } from '../identity.ts'
import { openStorage } from '../storage.ts'
import { seedZone } from './seed.ts'

/**
 * Opens on `stack` the ground of each subgraph, as the zone's own process has it. The addresses of
 * the configuration are those of the owner, who migrates.
 *
 * @throws {SezError} the codes of storage and keys; the answer `NOT_FOUND` for a name that is none.
 */
export async function openGrounds(
  config: Config,
  stack: AsyncDisposableStack,
  log: Logger,
): Promise<(subgraph: string) => ReactionGround> {
  const storage = await openStorage(config, stack, { log, onProgress: () => undefined })
  const { platform, bySubgraph } = storage
  const keys = stack.use(openKeys(config))
  await registerKey(platform, keys)
  const scope = { identity: identityOf(config, keys), keys, log }
  const hub = await openHub(platform, stack, scope)
  const sequencer = stack.use(startOwnSequencer(platform, { log }))
  return (name) => {
    const database = bySubgraph.get(name)
    if (database === undefined) throw new SezError('NOT_FOUND', { subgraph: name })
    return groundOf(name, database, { ...scope, hub, sequencer })
  }
}

/**
 * Makes what is missing of the worked example. Answers false when all of it was there.
 *
 * @throws {SezError} `DEVELOPMENT_ONLY` in production, else as `openGrounds`.
 */
export async function seedStorage(config: Config, log: Logger): Promise<boolean> {
  await using stack = new AsyncDisposableStack()
  return await seedZone({ groundOf: await openGrounds(config, stack, log) })
}
