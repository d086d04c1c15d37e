/** Every root field of the API, with who may ask it. @module */
import type { OperationTypeNode } from 'graphql'
import type { Supergraph } from '../supergraph.ts'
import { type RolesNeeded, rolesNeeded } from './roles-needed.ts'

export interface RootField {
  readonly name: string
  readonly kind: `${OperationTypeNode}`
  readonly roles: RolesNeeded
  readonly arguments: readonly {
    readonly name: string
    readonly type: string
    readonly description: string | null
  }[]
  readonly type: string
  readonly description: string | null
  readonly deprecated: string | null
}

/** The root fields in the order of the API, queries before mutations before subscriptions. */
export function listRootFields({
  apiSchema,
  access,
}: Pick<Supergraph, 'apiSchema' | 'access'>): readonly RootField[] {
  const roots = [
    ['query', apiSchema.getQueryType()],
    ['mutation', apiSchema.getMutationType()],
    ['subscription', apiSchema.getSubscriptionType()],
  ] as const
  return roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => {
      const rule = access.ruleOf(type?.name ?? '', field.name)
      return {
        name: field.name,
        kind,
        roles: rolesNeeded(rule === null ? [] : [rule]),
        arguments: field.args.map(({ name, type, description }) => ({
          name,
          type: String(type),
          description: description ?? null,
        })),
        type: String(field.type),
        description: field.description ?? null,
        deprecated: field.deprecationReason ?? null,
      }
    }),
  )
}
