/** The corridor subgraph: its name, schema, resolvers, row policies and background work. @module */
import type { SubgraphDefinition } from '@sez/platform/subgraph'
import { chainSealer } from './chain-sealer.ts'
import { resolvers } from './resolvers.ts'
import { policies } from './visibility.ts'

export const corridor: SubgraphDefinition = {
  name: 'corridor',
  schema: new URL('schema.graphql', import.meta.url),
  resolvers,
  policies,
  reactions: [],
  background: [chainSealer],
}
