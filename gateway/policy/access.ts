/** Who may have which field: the supergraph's security directives, applied to an operation. @module */
import {
  baseType,
  type InterfaceType,
  type ObjectType,
  type Schema,
} from '@apollo/federation-internals'
import { SezError } from '@sez/core/errors'
import type { Caller } from '@sez/platform/context'
import {
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { type Fragments, typenameField } from '../plan/operation.ts'
import type { Denial } from '../plan/selection.ts'

/** What a place asks of the caller; all of it must hold. */
export interface AccessRule {
  readonly authenticated: boolean
  /** Each entry is a list of alternatives, each a list of roles that must all be held. */
  readonly scopes: readonly (readonly (readonly string[])[])[]
  /** Policies are decided by programs this gateway does not have, so they deny. */
  readonly policed: boolean
}

export interface AccessRules {
  /** The rule of a field: its own, its parent type's and its result type's together. */
  readonly ruleOf: (typeName: string, fieldName: string) => AccessRule | null
}

const specs = 'https://specs.apollo.dev'

/** Reads the security directives, under whatever names the supergraph links them. */
export function readAccessRules(schema: Schema): AccessRules {
  const reader = new RuleReader(schema)
  const rules = new Map<string, AccessRule>()
  // Equal rules are one object, so that an operation's rules can be told apart by identity.
  const distinct = new Map<string, AccessRule>()
  for (const type of schema.types()) {
    if (type.kind !== 'ObjectType' && type.kind !== 'InterfaceType') continue
    for (const field of type.fields()) {
      const rule = reader.fieldRule(type, field.name)
      if (rule === null) continue
      const text = JSON.stringify(rule)
      const known = distinct.get(text) ?? rule
      distinct.set(text, known)
      rules.set(`${type.name}.${field.name}`, known)
    }
  }
  return { ruleOf: (typeName, fieldName) => rules.get(`${typeName}.${fieldName}`) ?? null }
}

class RuleReader {
  readonly #authenticated: string | undefined
  readonly #requiresScopes: string | undefined
  readonly #policy: string | undefined

  constructor(schema: Schema) {
    const nameOf = (spec: string): string | undefined =>
      schema.coreFeatures?.getByIdentity(`${specs}/${spec}`)?.directiveNameInSchema(spec)
    this.#authenticated = nameOf('authenticated')
    this.#requiresScopes = nameOf('requiresScopes')
    this.#policy = nameOf('policy')
  }

  /**
   * A field's own rule, its type's and its result type's, and what an interface of its type asks of
   * it. Composition copies the rules of object types up to their interfaces; such a copy says nothing
   * about the other object types, so an interface's rule counts only where no object type has one.
   */
  fieldRule(type: ObjectType | InterfaceType, name: string): AccessRule | null {
    const guards = type.interfaces().filter((one) => !this.#isCopied(one, name))
    const owners = type.kind === 'InterfaceType' && this.#isCopied(type, name) ? [] : [type]
    const rules = [...owners, ...guards].flatMap((owner) => this.#placeRules(owner, name))
    const result = type.field(name)?.type
    return allOf(result === undefined ? rules : [...rules, this.#read(baseType(result))])
  }

  #placeRules(owner: ObjectType | InterfaceType, name: string): readonly (AccessRule | null)[] {
    const field = owner.field(name)
    return field === undefined ? [] : [this.#read(owner), this.#read(field)]
  }

  #isCopied(type: InterfaceType, name: string): boolean {
    return type
      .possibleRuntimeTypes()
      .some((object) => this.#placeRules(object, name).some((rule) => rule !== null))
  }

  #read(place: {
    readonly appliedDirectives: readonly { readonly name: string; arguments(): object }[]
  }): AccessRule | null {
    let authenticated = false
    let policed = false
    const scopes: AccessRule['scopes'][number][] = []
    for (const directive of place.appliedDirectives) {
      if (directive.name === this.#authenticated) authenticated = true
      else if (directive.name === this.#policy) policed = true
      else if (directive.name === this.#requiresScopes) {
        // Composition checked the argument's type: a list of lists of scope names.
        const values = directive.arguments() as { scopes: readonly (readonly string[])[] }
        scopes.push(values.scopes)
      }
    }
    if (!authenticated && !policed && scopes.length === 0) return null
    return { authenticated, scopes, policed }
  }
}

function allOf(rules: readonly (AccessRule | null)[]): AccessRule | null {
  const present = rules.filter((rule) => rule !== null)
  const [first] = present
  if (first === undefined) return null
  if (present.length === 1) return first
  return {
    authenticated: present.some(({ authenticated }) => authenticated),
    scopes: present.flatMap(({ scopes }) => scopes),
    policed: present.some(({ policed }) => policed),
  }
}

/** Whether the caller satisfies a rule. */
export function isAllowed(rule: AccessRule, caller: Caller): boolean {
  if (rule.policed) return false
  if (rule.authenticated && caller.did === null) return false
  const held: ReadonlySet<string> = caller.roles
  return rule.scopes.every((alternatives) =>
    alternatives.some((scopes) => scopes.every((scope) => held.has(scope))),
  )
}

/** One operation's decisions for callers with one set of rights. */
export interface Rights {
  /** Equal for callers who may have the same fields of this operation; empty when that is all. */
  readonly key: string
  readonly denialOf: (typeName: string, fieldName: string) => Denial | null
}

const everything: Rights = { key: '', denialOf: () => null }

/** Every distinct rule an operation touches, found once; then rights cost one check per rule. */
export function rulesTouched(input: AccessInput): readonly AccessRule[] {
  const found = new Set<AccessRule>()
  filterOperation(input, (typeName, fieldName) => {
    const rule = input.access.ruleOf(typeName, fieldName)
    if (rule !== null) found.add(rule)
    return false
  })
  return [...found]
}

export function rightsOf(
  input: Pick<AccessInput, 'access' | 'schema'>,
  rules: readonly AccessRule[],
  caller: Caller,
): Rights {
  const denied = new Set<AccessRule>()
  let key = caller.did === null ? 'anonymous:' : 'known:'
  for (const rule of rules) {
    const allowed = isAllowed(rule, caller)
    key += allowed ? '1' : '0'
    if (!allowed) denied.add(rule)
  }
  if (denied.size === 0) return everything
  const roots = new Set(
    [
      input.schema.getQueryType(),
      input.schema.getMutationType(),
      input.schema.getSubscriptionType(),
    ].map((type) => type?.name),
  )
  return {
    key,
    denialOf(typeName, fieldName) {
      const rule = input.access.ruleOf(typeName, fieldName)
      if (rule === null || !denied.has(rule)) return null
      if (!roots.has(typeName)) return new SezError('UNAUTHORIZED_FIELD')
      if (caller.did === null) return new SezError('UNAUTHENTICATED')
      const rolesAllowed = [...new Set(rule.scopes.flat(2))].sort()
      return new SezError('FORBIDDEN', { rolesAllowed })
    },
  }
}

export interface AccessInput {
  readonly schema: GraphQLSchema
  readonly access: AccessRules
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
}

type IsDenied = (typeName: string, fieldName: string) => boolean

/**
 * The document without the fields that `isDenied`, so that they are neither planned nor fetched; null
 * when nothing is left to ask. A field asked on an interface becomes one inline fragment for each
 * object type on which it is allowed.
 */
export function filterOperation(input: AccessInput, isDenied: IsDenied): DocumentNode | null {
  const root = input.schema.getRootType(input.operation.operation)
  if (!root) return null
  const filter: Filter = { schema: input.schema, isDenied }
  const selectionSet = filterSet(filter, input.operation.selectionSet, root)
  if (selectionSet === null) return null
  const fragments = [...input.fragments.values()].map((fragment) => {
    const type = input.schema.getType(fragment.typeCondition.name.value)
    const set = isCompositeType(type) ? filterSet(filter, fragment.selectionSet, type) : null
    return { ...fragment, selectionSet: set ?? typenameOnly }
  })
  return { kind: Kind.DOCUMENT, definitions: [{ ...input.operation, selectionSet }, ...fragments] }
}

interface Filter {
  readonly schema: GraphQLSchema
  readonly isDenied: IsDenied
}

/** What stays where everything was removed: an object must still be asked for something. */
const typenameOnly: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [typenameField],
}

function filterSet(
  filter: Filter,
  set: SelectionSetNode,
  type: GraphQLCompositeType,
): SelectionSetNode | null {
  const selections = set.selections.flatMap((selection) => filterSelection(filter, selection, type))
  return selections.length === 0 ? null : { ...set, selections }
}

function filterSelection(
  filter: Filter,
  selection: SelectionNode,
  parent: GraphQLCompositeType,
): readonly SelectionNode[] {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection]
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    const condition = selection.typeCondition?.name.value
    const type = condition === undefined ? parent : filter.schema.getType(condition)
    const set = isCompositeType(type) ? filterSet(filter, selection.selectionSet, type) : null
    return set === null ? [] : [{ ...selection, selectionSet: set }]
  }
  const name = selection.name.value
  if (name.startsWith('__') || isUnionType(parent)) return [selection]
  const field = parent.getFields()[name]
  const result = field && getNamedType(field.type)
  const kept =
    selection.selectionSet && isCompositeType(result)
      ? {
          ...selection,
          selectionSet: filterSet(filter, selection.selectionSet, result) ?? typenameOnly,
        }
      : selection
  if (filter.isDenied(parent.name, name)) return []
  return isObjectType(parent) ? [kept] : filterOnObjects(filter, kept, parent)
}

/** A field asked on an interface, for the object types on which the caller may have it. */
function filterOnObjects(
  filter: Filter,
  selection: SelectionNode & { readonly kind: Kind.FIELD },
  parent: GraphQLCompositeType,
): readonly SelectionNode[] {
  if (!isAbstractType(parent)) return [selection]
  const types = filter.schema.getPossibleTypes(parent)
  const allowed = types.filter((type) => !filter.isDenied(type.name, selection.name.value))
  if (allowed.length === types.length) return [selection]
  return allowed.map(
    (type): InlineFragmentNode => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
      selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
    }),
  )
}
