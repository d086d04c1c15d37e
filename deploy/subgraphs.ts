/** The subgraphs of a zone; the only place that names them all. @module */
import { corridor } from '@sez/corridor/subgraph'
import { entities } from '@sez/entities/subgraph'
import type { SubgraphDefinition } from '@sez/platform/subgraph'
import { regulator } from '@sez/regulator/subgraph'

export const subgraphs: readonly SubgraphDefinition[] = [entities, corridor, regulator]
