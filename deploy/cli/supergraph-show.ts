/** The graph of this release, told in parts. @module */
import { rolesNeeded, type RolesNeeded, rolesText } from '@sez/gateway/policy/roles-needed'
import { readFacts, typesOf } from '@sez/schemas/compose'
import { releasedSupergraph } from './operations-check.ts'

export interface Graph {
  /** SDL. */
  readonly api: string
  readonly subgraphs: readonly { readonly name: string; readonly types: readonly string[] }[]
  /** Every field that not everybody may have. */
  readonly access: readonly { readonly field: string; readonly roles: RolesNeeded }[]
}

/** The graph as it is committed. */
export function readGraph(): Graph {
  const { written, subgraphs } = readFacts()
  const { apiSchema, access } = releasedSupergraph()
  const rules = Object.values(apiSchema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || !('getFields' in type)) return []
    return Object.keys(type.getFields()).flatMap((name) => {
      const rule = access.ruleOf(type.name, name)
      return rule === null ? [] : [{ field: `${type.name}.${name}`, roles: rolesNeeded([rule]) }]
    })
  })
  return {
    api: written.api,
    subgraphs: subgraphs.map(({ name, sdl }) => ({ name, types: typesOf(sdl) })),
    access: rules.toSorted((a, b) => (a.field < b.field ? -1 : 1)),
  }
}

/** One part for a person. */
export function partText(graph: Graph, part: keyof Graph): string {
  if (part === 'api') return graph.api.trimEnd()
  if (part === 'subgraphs') {
    return graph.subgraphs.map(({ name, types }) => `${name}: ${types.join(' ')}`).join('\n')
  }
  return graph.access.map(({ field, roles }) => `${field}: ${rolesText(roles)}`).join('\n')
}
