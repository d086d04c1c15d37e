/** The regulator subgraph: its name, schema, resolvers and row policies. @module */
import type { SubgraphDefinition } from '@sez/platform/subgraph'
import { policies, resolvers } from './resolvers.ts'

export const regulator: SubgraphDefinition = {
  name: 'regulator',
  schema: new URL('schema.graphql', import.meta.url),
  resolvers,
  policies,
  reactions: [],
}
