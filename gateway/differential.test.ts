import type { GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  apolloPeer,
  compose,
  type Harness,
  harness,
  monolith,
  type PlainAnswer,
  runMonolith,
  type Service,
} from './federation.fixture.ts'
import { media, shop } from './shop.fixture.ts'

interface Case {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  /** Why @apollo/gateway answers something else; ours is then held to the one schema alone. */
  readonly apolloDiffers?: string
  /** Why one schema cannot be asked the same. */
  readonly monolithDiffers?: string
}

const aliasOfKey = 'its planner reads the key from under the alias that took its name'
const overwritten = 'the price that shipping requires in USD overwrites the one asked for'
const typenameAlias = 'it answers __typename whatever the alias stands for'

const shopCases: readonly Case[] = [
  { query: '{ products { upc name } }' },
  { query: '{ products(first: 2) { __typename upc reviewed: name } }' },
  { query: '{ products { ... on Book { reviews { stars author { name visits } } } } }' },
  { query: '{ products { ... on Book { shipping } ... on Gadget { heavy } } }' },
  {
    query: '{ products { ... on Book { shipping price(currency: "PKR") weight } } }',
    apolloDiffers: overwritten,
  },
  {
    query: '{ products { ... on Book { shipping price } } }',
    apolloDiffers: overwritten,
  },
  {
    query:
      '{ products { ... on Book { price(currency: "USD") shipping usd: price(currency: "USD") } } }',
  },
  { query: '{ products { upc: name ... on Book { reviews { id } } } }', apolloDiffers: aliasOfKey },
  {
    query: '{ found { ... on Book { sku: name stock { at count } } } }',
    apolloDiffers: aliasOfKey,
  },
  { query: '{ found { ... on User { id: name visits } } }' },
  { query: '{ products { ... on Book { id: upc reviews { id: stars } } } }' },
  { query: '{ products { __typename: name } }', apolloDiffers: typenameAlias },
  { query: '{ products { type: __typename ... on Book { __typename } } }' },
  { query: '{ products { __proto__: name constructor: upc toString: upc valueOf: name } }' },
  {
    query:
      '{ products { ... on Book { __proto__: reviews { __proto__: stars author { constructor toString } } } } }',
  },
  { query: '{ constructor hasOwnProperty: constructor }' },
  { query: '{ products { client: upc upc__client: name name__alias_0: upc } }' },
  {
    query:
      '{ found { __typename ... on Book { name } ... on Gadget { name } ... on User { user: name } } }',
  },
  {
    query: '{ found { ... on Product { upc name } ... on User { books { upc reviews { id } } } } }',
  },
  {
    query:
      '{ found { ...F } } fragment F on Found { ... on Book { ...B } ... on User { reviews { product { ...B } } } } fragment B on Book { name best { stars } }',
  },
  { query: '{ products { grid { row col } ... on Book { grid { c: col } } } }' },
  { query: '{ products { ... on Book { extra } ... on Gadget { extra } } }' },
  {
    query: '{ products { upc kind } }',
    monolithDiffers: 'one schema reports the hidden enum value as an error of its own wording',
    apolloDiffers: 'it tells of the hidden enum value in an extension, not in errors',
  },
  { query: '{ status { ready catalogue reviews } }' },
  { query: '{ status { reviews } again: status { catalogue } }' },
  {
    query:
      '{ a: product(upc: "p1") { name } b: product(upc: "p2") { name } none: product(upc: "x") { name } }',
  },
  { query: '{ book(upc: "p1") { author { books { author { name visits } } } } }' },
  { query: '{ me { name visits reviews { product { ... on Book { name author { name } } } } } }' },
  {
    query:
      '{ reviews { author { name } product { ... on Book { upc name } ... on Gadget { weight heavy } } } }',
  },
  { query: '{ reviews { id best: product { ... on Book { best { id author { name } } } } } }' },
  { query: '{ reviews { stars mustStars } }' },
  { query: '{ products { ... on Book { upc reviews { mustStars } } } }' },
  { query: '{ products { ... on Book { strict } } }' },
  { query: '{ book(upc: "p3") { upc strict name } }' },
  {
    query:
      '{ book(upc: "p1") { strict renamed: strict } other: book(upc: "p3") { renamed: strict } }',
  },
  { query: '{ fails products(first: 1) { upc } }' },
  { query: '{ broken: fails f: fails }' },
  { query: '{ failsHard products { upc } }' },
  { query: '{ fails me { name } }' },
  {
    query: 'query Q($on: Boolean!) { products { name @include(if: $on) upc @skip(if: $on) } }',
    variables: { on: true },
  },
  {
    query: 'query Q($on: Boolean!) { products { name @include(if: $on) upc @skip(if: $on) } }',
    variables: { on: false },
  },
  {
    query:
      'query Q($on: Boolean = false) { products { upc ... on Book @include(if: $on) { reviews { id } } } }',
  },
  {
    query:
      'query Q($on: Boolean = false) { products { upc ... on Book @include(if: $on) { reviews { id } } } }',
    variables: { on: true },
  },
  {
    query:
      'query Q($on: Boolean = true) { products { upc ...B @skip(if: $on) } } fragment B on Book { shipping }',
  },
  {
    query:
      'query Q($a: Boolean!, $b: Boolean!) { me @include(if: $a) { name reviews @skip(if: $b) { id } } }',
    variables: { a: true, b: false },
  },
  {
    query:
      'query Q($a: Boolean!, $b: Boolean!) { me @include(if: $a) { name reviews @skip(if: $b) { id } } }',
    variables: { a: false, b: false },
  },
  { query: '{ me @skip(if: true) { name } products @include(if: true) { upc } }' },
  { query: 'query Q($n: Int) { products(first: $n) { upc } }', variables: { n: 1 } },
  {
    query:
      'query Q($n: Int = 3) { products(first: $n) { upc ... on Book { reviews(first: $n) { id } } } }',
  },
  {
    query:
      'query Q($n: Int = 3) { products(first: $n) { upc ... on Book { reviews(first: $n) { id } } } }',
    variables: { n: null },
  },
  {
    query: 'query Q($__proto__: Int) { products(first: $__proto__) { upc } }',
    variables: JSON.parse('{"__proto__":2}'),
  },
  { query: 'query A { me { id } } query B { me { name } }', operationName: 'B' },
  { query: '{ __schema { queryType { name } } products(first: 1) { upc } }' },
  {
    query: 'query Q($t: String!) { t: __type(name: $t) { name kind fields { name } } __typename }',
    variables: { t: 'Book' },
  },
  { query: '{ __typename }' },
  {
    query:
      '{ __type(name: "Kind") { enumValues { name } } hidden: __type(name: "Nothing") { name } }',
  },
  {
    query:
      '{ products { ...A ...A ...B } } fragment A on Product { upc ...B } fragment B on Product { name }',
  },
  {
    query:
      '{ products { ... { ... { upc } } ... on Product { ... on Book { sku { code } sku { site } } } } }',
  },
  {
    query: '{ book(upc: "p1") { sku { code: site site: code } stock { at } } }',
    apolloDiffers: aliasOfKey,
  },
  {
    query: 'mutation { a: count note b: count }',
    monolithDiffers: 'the counter goes on',
    apolloDiffers: 'the counter goes on',
  },
  {
    query:
      'mutation { rename(upc: "p1", name: "New") { upc name ... on Book { reviews { id } } } }',
  },
  {
    query:
      'mutation { review(upc: "p1") { author { name } product { ... on Book { shipping } } } }',
  },
]

const mediaCases: readonly Case[] = [
  { query: '{ media { __typename id title rating } }' },
  { query: '{ topRated { __typename } }' },
  { query: '{ topRated { id title rating rated { by } } }' },
  { query: '{ topRated { ... on Film { minutes tags } ... on Song { seconds } } }' },
  { query: '{ ratings { by media { __typename id title ... on Song { seconds } } } }' },
  { query: '{ media { rated { media { rated { media { title } } } } } }' },
  { query: '{ media { id: title rating } }', apolloDiffers: aliasOfKey },
  { query: '{ film(id: "m1") { tags minutes rating mustRate } }' },
  { query: '{ film(id: "m3") { title mustRate } }' },
  { query: '{ first { ... on Film { mustRate } } media { ... on Film { tags } } }' },
  {
    query: '{ missing { title rating mustRate } }',
    apolloDiffers: 'it tells of the missing entity in an extension, not in errors',
    monolithDiffers: 'one schema has the entity at hand and says so in its own words',
  },
  { query: '{ missing { title rating } }' },
  { query: '{ none: film(id: "x") { title rating } }' },
]

for (const [name, services, cases] of [
  ['shop', shop, shopCases],
  ['media', media, mediaCases],
] as const)
  compareAll(name, services, cases)

function compareAll(name: string, services: readonly Service[], cases: readonly Case[]): void {
  describe(`over ${name}, the answer is that of one schema and of @apollo/gateway`, () => {
    const federation = compose(services)
    let ours: Harness
    let peer: Awaited<ReturnType<typeof apolloPeer>>
    let one: GraphQLSchema
    beforeAll(async () => {
      ours = harness(federation)
      peer = await apolloPeer(federation)
      one = monolith(federation, services)
    })
    afterAll(() => peer.stop())

    const askable = cases.filter(({ monolithDiffers }) => monolithDiffers === undefined)
    test.for(askable)('one schema: $query', async ({ query, ...options }) => {
      const expected = await runMonolith(one, query, options)
      expect(viewOf(await ours.run(query, options))).toEqual(viewOf(expected))
    })

    const agreed = cases.filter(({ apolloDiffers }) => apolloDiffers === undefined)
    test.for(agreed)('@apollo/gateway: $query', async ({ query, ...options }) => {
      const theirs = await peer.run(query, options)
      expect(viewOf(await ours.run(query, options))).toEqual(viewOf(theirs))
    })

    // A reason that no longer holds must leave the list.
    const explained = cases.filter(({ apolloDiffers }) => apolloDiffers !== undefined)
    test.for(explained)('not @apollo/gateway, for $apolloDiffers: $query', async (one) => {
      const { query, ...options } = one
      const theirs = await peer.run(query, options)
      expect(viewOf(await ours.run(query, options))).not.toEqual(viewOf(theirs))
    })
  })
}

/** Data, and what errors say and where; codes and extensions of the peers are their own. */
function viewOf({ data, errors = [] }: PlainAnswer) {
  const places = errors.map(({ message, path = [] }) => `${path.join('.')}: ${message}`)
  return { data, errors: places.toSorted() }
}
