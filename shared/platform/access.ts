/**
 * Who may ask for a field: `@authenticated`, `@requiresScopes` and `@tag(name: "public")` of the
 * SDL, compiled once. The gateway enforces the same rules; neither trusts the other (DESIGN §7).
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { isRole, type Role } from '@sez/core/roles'
import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  Kind,
  valueFromASTUntyped,
} from 'graphql'
import type { Caller } from './context.ts'

/** Throws unless the caller may ask. */
export type AccessCheck = (caller: Caller) => void

/** Alternatives of which one must hold, each a set of roles that must all be held. */
type Alternatives = readonly (readonly Role[])[]

interface Rule {
  readonly authenticated: boolean
  /** All of them must hold: one for each annotated place. */
  readonly scopes: readonly Alternatives[]
  readonly isPublic: boolean
}

/** The rules written in an SDL, by place. */
export interface AccessRules {
  readonly types: ReadonlyMap<string, Rule>
  readonly fields: ReadonlyMap<string, Rule>
}

const noRule: Rule = { authenticated: false, scopes: [], isPublic: false }

/** Reads every rule of a subgraph's SDL. A rule that cannot be enforced stops the start. */
export function accessRules(document: DocumentNode): AccessRules {
  const types = new Map<string, Rule>()
  const fields = new Map<string, Rule>()
  for (const node of document.definitions) {
    refuseRenamedDirectives(node)
    if (
      node.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      node.kind === Kind.INTERFACE_TYPE_EXTENSION
    ) {
      const places = [node, ...(node.fields ?? [])]
      invariant(
        places.every(({ directives }) => !isGuarding(ruleOf(directives))),
        `interface ${node.name.value} carries an access rule: put it on the object types`,
      )
      continue
    }
    if (!('name' in node) || node.name === undefined) continue
    const name = node.name.value
    types.set(name, merged(types.get(name) ?? noRule, ruleOf(node.directives)))
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION)
      continue
    for (const field of node.fields ?? []) {
      fields.set(`${name}.${field.name.value}`, ruleOf(field.directives))
    }
  }
  return { types, fields }
}

/** The check of one field: its own rule, its parent type's and that of the type it returns. */
export function accessCheck(
  { types, fields }: AccessRules,
  parent: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): AccessCheck | null {
  const rule = [
    fields.get(`${parent.name}.${field.name}`),
    types.get(parent.name),
    types.get(getNamedType(field.type).name),
  ].reduce<Rule>((sum, each) => merged(sum, each ?? noRule), noRule)
  if (!isGuarding(rule)) return null
  const rolesAllowed = [...new Set(rule.scopes.flat(2))].sort()
  return (caller) => {
    if (caller.did === null) throw new SezError('UNAUTHENTICATED')
    const holds = (alternative: readonly Role[]): boolean =>
      alternative.every((role) => caller.roles.has(role))
    if (!rule.scopes.every((alternatives) => alternatives.some(holds))) {
      throw new SezError('FORBIDDEN', { rolesAllowed })
    }
  }
}

/** Fails the start when a root field says neither who may call it nor that it is public. */
export function requireRootRules(schema: GraphQLSchema, rules: AccessRules): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const problems = roots
    .filter((root) => root !== null && root !== undefined)
    .flatMap((root) => Object.values(root.getFields()).map((field) => ({ root, field })))
    .filter(({ root, field }) => rules.fields.has(`${root.name}.${field.name}`))
    .flatMap(({ root, field }) => {
      const place = `${root.name}.${field.name}`
      const isGuarded = isGuarding(rules.fields.get(place) ?? noRule)
      const { isPublic } = rules.fields.get(place) ?? noRule
      if (isGuarded !== isPublic) return []
      return [`${place} ${isPublic ? 'is public and guarded at once' : 'has no access rule'}`]
    })
  invariant(
    problems.length === 0,
    `${problems.join(', ')}: give each root field @requiresScopes, @authenticated or ` +
      '@tag(name: "public")',
  )
}

function isGuarding({ authenticated, scopes }: Rule): boolean {
  return authenticated || scopes.length > 0
}

function merged(a: Rule, b: Rule): Rule {
  return {
    authenticated: a.authenticated || b.authenticated,
    scopes: [...a.scopes, ...b.scopes],
    isPublic: a.isPublic || b.isPublic,
  }
}

function ruleOf(directives: readonly DirectiveNode[] = []): Rule {
  const rules = directives.map((directive): Rule => {
    const name = directive.name.value.replace(/^federation__/u, '')
    invariant(name !== 'policy', '@policy is not enforced here: use @requiresScopes')
    if (name === 'authenticated') return { ...noRule, authenticated: true }
    if (name === 'tag') return { ...noRule, isPublic: argumentOf(directive, 'name') === 'public' }
    if (name !== 'requiresScopes') return noRule
    return { ...noRule, scopes: [alternativesOf(argumentOf(directive, 'scopes'))] }
  })
  return rules.reduce(merged, noRule)
}

function alternativesOf(scopes: unknown): Alternatives {
  invariant(
    Array.isArray(scopes) && scopes.length > 0,
    '@requiresScopes needs at least one alternative, or nobody may call',
  )
  return scopes.map((alternative: unknown) => {
    invariant(
      Array.isArray(alternative) && alternative.length > 0 && alternative.every(isRole),
      `@requiresScopes names known roles, not ${String(alternative)}`,
    )
    return alternative
  })
}

function argumentOf(directive: DirectiveNode, name: string): unknown {
  const argument = directive.arguments?.find((each) => each.name.value === name)
  return argument === undefined ? undefined : valueFromASTUntyped(argument.value)
}

/** A rule under another name would be read by nobody, so a renaming import is refused. */
function refuseRenamedDirectives(node: DocumentNode['definitions'][number]): void {
  if (node.kind !== Kind.SCHEMA_EXTENSION && node.kind !== Kind.SCHEMA_DEFINITION) return
  for (const link of node.directives ?? []) {
    const imports = argumentOf(link, 'import')
    invariant(
      argumentOf(link, 'as') === undefined &&
        (!Array.isArray(imports) || imports.every((each) => typeof each === 'string')),
      '@link renames nothing: import directives under their own names',
    )
  }
}
