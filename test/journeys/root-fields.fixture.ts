/**
 * Every root field of the composed API, read from the supergraph: who may call it, a document that
 * asks for all it gives, and well-formed variables, so that what is wrong is what a test made so.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { invariant } from '@sez/core/invariant'
import { isRole, type Role, roles } from '@sez/core/roles'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql'

export interface RootField {
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly name: string
  /** The roles that may ever call it; null when it is public. */
  readonly roles: readonly Role[] | null
  /** Whether it is tagged public. */
  readonly isPublic: boolean
  /** Asks for all it gives, two levels deep. */
  readonly document: string
  /** The same call, asking for something else. */
  readonly asking: (selection: string) => string
  /** Well-formed variables with every member set, one for each way to name what is meant. */
  readonly samples: () => readonly Record<string, unknown>[]
}

/** Fields that take one of several arguments, or a cursor: what to leave out each time. */
const ways: Readonly<Record<string, readonly (readonly string[])[]>> = {
  entity: [['id'], ['jurisdictionId', 'registrationNumber']],
  logEntry: [['position'], ['eventId']],
  receipt: [['sequence'], ['nextRoot']],
}

const file = new URL('../../schemas/supergraph.graphql', import.meta.url)
export const supergraph = buildSchema(readFileSync(file, 'utf8'), { assumeValid: true })

export const rootFields: readonly RootField[] = [
  ...fieldsOf('query', supergraph.getQueryType()?.getFields()),
  ...fieldsOf('mutation', supergraph.getMutationType()?.getFields()),
  ...fieldsOf('subscription', supergraph.getSubscriptionType()?.getFields()),
]

/** A role that may call the field, one that sees everything where there is one. */
export function callerOf(field: RootField): Role {
  const may = field.roles ?? roles
  const role = may.find((each) => each === 'AUDITOR') ?? may[0]
  invariant(role !== undefined, 'a field that is not public has a role')
  return role
}

type Fields = Readonly<Record<string, GraphQLField<unknown, unknown>>>

function fieldsOf(kind: RootField['kind'], fields: Fields = {}): RootField[] {
  return Object.values(fields).map((field) => ({
    kind,
    name: field.name,
    roles: rolesOf(field),
    isPublic: directivesOf(field, 'tag').some(({ name }) => name === 'public'),
    document: documentOf(kind, field, selectionOf(field.type, 2)),
    asking: (selection) => documentOf(kind, field, selection),
    samples: () => waysOf(field).map((absent) => sampleWithout(field, absent)),
  }))
}

function rolesOf(field: GraphQLField<unknown, unknown>): readonly Role[] | null {
  const [rule] = directivesOf(field, 'requiresScopes')
  if (rule === undefined) return null
  const alternatives = rule['scopes']
  invariant(Array.isArray(alternatives), 'scopes are a list of alternatives')
  return alternatives.flat().filter(isRole)
}

function directivesOf(field: GraphQLField<unknown, unknown>, name: string) {
  const directives = field.astNode?.directives ?? []
  return directives
    .filter((directive) => directive.name.value === name)
    .map(
      ({ arguments: given = [] }): Record<string, unknown> =>
        Object.fromEntries(
          given.map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
        ),
    )
}

// -------------------------------------------------------------------------------------- documents

function documentOf(
  kind: string,
  field: GraphQLField<unknown, unknown>,
  selection: string,
): string {
  const declared = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
  const variables = declared === '' ? '' : `(${declared})`
  const args = given === '' ? '' : `(${given})`
  return `${kind} Q${variables} { ${field.name}${args} ${selection} }`
}

/** Every leaf, and the leaves of what hangs on it, `levels` deep. */
function selectionOf(type: GraphQLOutputType, levels: number): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  if (!isObjectType(named)) return '{ __typename }'
  const parts = Object.values(named.getFields()).map((field) => {
    const isComposite = isCompositeType(getNamedType(field.type))
    // An edge only repeats its node, and arguments are somebody else's business.
    if (field.name === 'edges' || field.args.some((each) => isNonNullType(each.type))) return ''
    if (isComposite && levels === 0) return ''
    return `${field.name} ${selectionOf(field.type, levels - 1)}`
  })
  return `{ __typename ${parts.join(' ')} }`
}

// ---------------------------------------------------------------------------------------- samples

type Place = readonly [field: GraphQLField<unknown, unknown>, name: string]

const id = '01890a5d-ac96-774b-8cce-b302099a8057'
/** What some members must look like, by `field.member` or by member. */
const members: Readonly<Record<string, () => unknown>> = {
  corridorId: () => 'pak-uae',
  'createCorridor.id': () => `c-${randomUUID()}`,
  'createCorridor.participants': () => ['a', 'b'].map((name) => ({ ...participant(name) })),
  'createEntity.entityType': () => 'LLC',
  'createEntity.jurisdictionId': () => 'PK-RSEZ',
  'createEntity.initialIssuance': () => null,
  entityId: () => `ent_${id}`,
  eventId: () => `evt_${id}`,
  financialYearEnd: () => '06-30',
  isicCodes: () => ['1312'],
  jurisdictionId: () => 'ZZ',
  lei: () => '529900T8BM49AURSDO55',
  localForm: () => 'SMC_PVT',
  officerId: () => `off_${id}`,
}
const participant = (name: string) => ({ did: `did:web:${name}.test`, role: 'zone_authority' })
const values: Readonly<Record<string, unknown>> = {
  BigInt: '1',
  Boolean: true,
  CountryCode: 'PK',
  Currency: 'PKR',
  Date: '2026-02-01',
  DateTime: '2026-02-01T00:00:00.000Z',
  Decimal: '10.00',
  Did: 'did:web:nobody.test',
  Digest: 'ab'.repeat(32),
  Int: 1,
  SignedDocument: '{"type":"Nothing"}',
  String: 'Nothing',
}

/** A cursor that is none hides whatever else is wrong, so it is given apart from the rest. */
function waysOf({ name, args }: GraphQLField<unknown, unknown>): readonly (readonly string[])[] {
  const optional = args.filter((each) => !isNonNullType(each.type)).map((each) => each.name)
  if (!optional.includes('after')) return ways[name] ?? [[]]
  return [['after'], optional.filter((each) => each !== 'after')]
}

function sampleWithout(field: GraphQLField<unknown, unknown>, absent: readonly string[]) {
  const given = field.args.filter(({ name }) => !absent.includes(name))
  return Object.fromEntries(given.map(({ name, type }) => [name, sampleOf(type, [field, name])]))
}

/** Filters hold filters; one alternative within is enough. */
const isTooDeep = (name: string, levels: number): boolean =>
  name === 'and' || (name === 'or' && levels > 0)

function sampleOf(type: GraphQLInputType, place: Place, levels = 0): unknown {
  const [field, name] = place
  const own = isLeafType(getNamedType(type)) ? members[name] : undefined
  const member = members[`${field.name}.${name}`] ?? own
  if (member !== undefined) return member()
  if (isNonNullType(type)) return sampleOf(type.ofType, place, levels)
  if (isListType(type)) return [sampleOf(type.ofType, place, levels)]
  if (isInputObjectType(type)) {
    const given = Object.values(type.getFields()).filter((each) => !isTooDeep(each.name, levels))
    return Object.fromEntries(
      given.map((each) => [each.name, sampleOf(each.type, [field, each.name], levels + 1)]),
    )
  }
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (type.name === 'Uuid') return randomUUID()
  if (type.name === 'ID') return idOf(place)
  return values[type.name]
}

/** What the ids of a field look like, by what the field is called. */
function idOf([field]: Place): string {
  if (/corridor/iu.test(field.name)) return 'pak-uae'
  return field.name === 'jurisdiction' ? 'ZZ' : `ent_${id}`
}

// ------------------------------------------------------------------------------------------- walk

export type Step = string | number

/** The ways to every value within some variables: members, items and the values between. */
export function pathsOf(value: unknown, at: readonly Step[] = []): (readonly Step[])[] {
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => pathsOf(item, [...at, index]))
    : Object.entries(value !== null && typeof value === 'object' ? value : {}).flatMap(
        ([name, member]) => pathsOf(member, [...at, name]),
      )
  return at.length === 0 ? below : [at, ...below]
}

/** The variables with the value at one place exchanged. */
export function exchanged(value: unknown, [step, ...rest]: readonly Step[], by: unknown): unknown {
  if (step === undefined) return by
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === step ? exchanged(item, rest, by) : item))
  }
  return Object.fromEntries(
    Object.entries(Object(value)).map(([name, member]) => [
      name,
      name === step ? exchanged(member, rest, by) : member,
    ]),
  )
}
