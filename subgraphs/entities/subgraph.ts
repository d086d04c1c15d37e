/** The entities subgraph: its name, its schema, its resolvers, who sees what. @module */
import type { SubgraphDefinition } from '@sez/platform/subgraph'
import { policies } from './policies.ts'
import { resolvers } from './resolvers.ts'

export const entities: SubgraphDefinition = {
  name: 'entities',
  schema: new URL('schema.graphql', import.meta.url),
  resolvers,
  policies,
  reactions: [],
}
