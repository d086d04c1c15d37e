/**
 * Known defects of the original system that show in the shape of an API, looked for in all of the
 * composed schema, so that a subgraph added later is held to the same.
 *
 * @module
 */
import {
  buildSchema,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparedSecret } from '../house/rules.ts'
import { product, textOf } from '../house/source.ts'
import { callerOf, rootFields } from '../journeys/root-fields.fixture.ts'
import { openTestZone, type TestZone } from '../zone.fixture.ts'

const api = buildSchema(readFileSync(new URL('../../schemas/api.graphql', import.meta.url), 'utf8'))
const objects = Object.values(api.getTypeMap())
  .filter((type) => isObjectType(type))
  .filter(({ name }) => !name.startsWith('__'))
const mutations = rootFields.filter(({ kind }) => kind === 'mutation')

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone()
})
afterAll(() => zone[Symbol.asyncDispose]())

/** Lists of objects that are no pages, and what bounds each. */
const boundedLists: Readonly<Record<string, string>> = {
  'Corridor.activationThresholds': 'at most one for each role of sixteen participants',
  'Corridor.documents': 'one for each move of a corridor, by the zone authority only',
  'Corridor.lastReceipts': 'at most 50, five unless asked for more',
  'Corridor.nextMoves': 'by the table of moves',
  'Corridor.participants': 'two to sixteen',
  'Corridor.receiptThresholds': 'at most one for each role of sixteen participants',
  'Entity.initialIssuance': 'at most 100',
  'Entity.members': 'at most 100',
  'Entity.nextMoves': 'by the table of moves',
  'Entity.officers': 'at most 100, resigned ones included',
  'InclusionProof.path': 'at most one for each bit of the size',
  'InclusionProof.peaks': 'at most one for each bit of the size',
  'Jurisdiction.localForms': 'set by the operator',
  'NameAvailability.conflicts': 'one holder of a name in a jurisdiction',
  'Query.entityCounts': 'one for each status',
  'Query.jurisdictions': 'set by the operator',
  'Query.zoneKeys': 'one for each rotation',
  'Receipt.proofs': 'at most 32',
  'ReceiptsPayload.results': 'as many as were sent, at most 100',
}

const isConnection = ({ name }: GraphQLObjectType): boolean => name.endsWith('Connection')

describe('P1-003 pagination', () => {
  test('every list of rows is a page of a connection, or bounded by what it is', () => {
    const unbounded = objects
      .filter((type) => !isConnection(type))
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ type: given }) => isListType(getNullableType(given)))
          .filter(({ type: given }) => isObjectType(getNamedType(given)))
          .map(({ name }) => `${type.name}.${name}`),
      )
    expect(unbounded.toSorted()).toEqual(Object.keys(boundedLists).toSorted())
  })

  test('every connection has the one form, and takes first and after wherever it stands', () => {
    const connections = objects.filter(isConnection)
    expect(connections.length).toBeGreaterThan(5)
    for (const type of connections) {
      expect(Object.keys(type.getFields())).toEqual(
        expect.arrayContaining(['edges', 'nodes', 'pageInfo']),
      )
    }
    const fields = objects.flatMap((type) => Object.values(type.getFields()))
    for (const { name, type, args } of fields) {
      if (!getNamedType(type).name.endsWith('Connection')) continue
      const named = args.map((each) => each.name)
      expect([name, named]).toEqual([name, expect.arrayContaining(['first', 'after'])])
      expect(args.find((each) => each.name === 'first')?.defaultValue).toBe(50)
    }
  })

  const paged = rootFields.filter(({ samples }) => 'first' in (samples()[0] ?? {}))

  test.each(paged.map((field) => [field.name, field] as const))(
    '%s: 501 a page is refused, 0 and less are no page',
    async (_, field) => {
      const codeOf = async (first: number) => {
        const [sample] = field.samples()
        const who = { as: [callerOf(field)] }
        const query = field.asking('{ pageInfo { hasNextPage } }')
        const { errors } = await zone.ask(query, { ...sample, first }, who)
        return errors.map(({ extensions }) => extensions.code)
      }
      expect(await codeOf(501)).toEqual(['PAGE_SIZE_EXCEEDED'])
      expect(await codeOf(0)).toEqual(['VALIDATION_ERROR'])
      expect(await codeOf(-1)).toEqual(['VALIDATION_ERROR'])
      expect(await codeOf(500)).toEqual([])
    },
  )
})

/** The members of an input and of the inputs within it, each as Type.member with its type. */
function membersOf(type: GraphQLInputType, seen = new Set<string>()): [string, string][] {
  const named = getNamedType(type)
  if (!isInputObjectType(named) || seen.has(named.name)) return []
  seen.add(named.name)
  return Object.values(named.getFields()).flatMap((member) => [
    [`${named.name}.${member.name}`, getNamedType(member.type).name] as [string, string],
    ...membersOf(member.type, seen),
  ])
}

describe('P1 typed states', () => {
  test('a status is an enum wherever it is read', () => {
    const places = objects.flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ name }) => /^(status|state|phase|mode)$/u.test(name))
        .map(({ name, type: given }) => [`${type.name}.${name}`, isEnumType(getNamedType(given))]),
    )
    expect(places.length).toBeGreaterThan(3)
    expect(places.filter(([, isEnum]) => isEnum !== true)).toEqual([])
  })

  test('primitives §12.8 no mutation takes a status: only its own moves change one', () => {
    const fields = Object.values(api.getMutationType()?.getFields() ?? {})
    const members = fields.flatMap(({ args }) => args.flatMap(({ type }) => membersOf(type)))
    expect(members.length).toBeGreaterThan(50)
    const writable = members.filter(
      ([place, type]) => /\.(status|state|phase)$/iu.test(place) || /(Status|State)$/u.test(type),
    )
    expect(writable).toEqual([])
  })
})

describe('roles', () => {
  test.each(['REGULATOR', 'AUDITOR'] as const)(
    'primitives §12.12 %s may write nothing: every mutation is FORBIDDEN',
    async (role) => {
      expect(mutations.length).toBeGreaterThan(15)
      for (const { name, document, samples } of mutations) {
        const { errors } = await zone.ask(document, samples()[0], { as: [role] })
        const codes = errors.map(({ extensions }) => extensions.code)
        expect([name, codes]).toEqual([name, ['FORBIDDEN']])
      }
    },
  )

  test('primitives §11 roles are a set, no order: ADMIN is no registrar and no partner', async () => {
    const barred = mutations.filter(({ roles }) => roles?.includes('ADMIN') === false)
    expect(barred.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['approveFormation', 'suspendEntity', 'appendReceipt']),
    )
    for (const { name, document, samples } of barred) {
      const { errors } = await zone.ask(document, samples()[0], { as: ['ADMIN'] })
      const codes = errors.map(({ extensions }) => extensions.code)
      expect([name, codes]).toEqual([name, ['FORBIDDEN']])
    }
  })

  test('primitives §12.12 the regulator has no Mutation type, and no field of it in the composed one', () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    const own = buildSchema(read('subgraphs/regulator/schema.graphql'), { assumeValid: true })
    expect(own.getMutationType()).toBeUndefined()
    const [, composed = ''] = /^type Mutation\n([\s\S]*?)^\}/mu.exec(
      read('schemas/supergraph.graphql'),
    ) ?? ['']
    expect(composed).toContain('createCorridor')
    expect(composed).not.toContain('REGULATOR)')
  })
})

test('P0 constant-time comparison: no secret is compared by an operator, anywhere', () => {
  expect(comparedSecret('a.ts', 'return tokenSecret === given')).not.toBeNull()
  const offences = product.map((file) => comparedSecret(file, textOf(file)))
  expect(offences.filter((offence) => offence !== null)).toEqual([])
})
