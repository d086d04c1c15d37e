/** Where the processes of a zone listen unless told, and look for one another in development. @module */
import { SezError } from '@sez/core/errors'
import type { Config } from '@sez/platform/config'

/** The port of each subgraph's process unless SEZ_PORT names another. */
const subgraphPorts = { entities: 4001, corridor: 4002, regulator: 4003 } as const

export const gatewayPort = 4000
export const logPort = 4010

/** The subgraphs that a process can be, by the names of deploy/subgraphs.ts. */
export const subgraphPortOf: ReadonlyMap<string, number> = new Map(Object.entries(subgraphPorts))

/**
 * Where the gateway reaches each subgraph: as configured, or in development on this machine.
 *
 * @throws {SezError} `CONFIG_INVALID` when a subgraph is missing or the zone has none of that name.
 */
export function subgraphUrlsOf({ subgraphUrls }: Config): ReadonlyMap<string, string> {
  if (subgraphUrls.size === 0) {
    return new Map([...subgraphPortOf].map(([name, port]) => [name, `http://127.0.0.1:${port}`]))
  }
  const missing = [...subgraphPortOf.keys()].filter((name) => !subgraphUrls.has(name))
  const unknown = [...subgraphUrls.keys()].filter((name) => !subgraphPortOf.has(name))
  if (missing.length === 0 && unknown.length === 0) return subgraphUrls
  const problem =
    missing.length > 0
      ? `lacks ${missing.join(', ')}`
      : `names ${unknown.join(', ')}, which is none`
  const message = `SEZ_SUBGRAPHS ${problem}. A zone has ${[...subgraphPortOf.keys()].join(', ')}.`
  throw new SezError('CONFIG_INVALID', { field: 'SEZ_SUBGRAPHS' }, { message })
}
