/**
 * A forgotten resolver is a compile error: the compiler is the judge, this file its case.
 *
 * @module
 */
import { expect, it } from 'vitest'
import type { Complete } from './resolvers.ts'

type Resolve<T> = (parent: never) => T

/** As graphql-codegen writes them: every resolver optional. */
interface Resolvers {
  Query?: { book?: Resolve<object> }
  Book?: { id?: Resolve<string>; title?: Resolve<string>; __isTypeOf?: Resolve<boolean> }
  Row?: { id?: Resolve<string> }
}
interface Parents {
  Query: { readonly __typename?: never }
  Book: { id: string }
  Row: { id: string }
}

it('asks for every field that the row does not hold, and for no other', () => {
  const complete: Complete<Resolvers, Parents> = {
    Query: { book: () => ({}) },
    Book: { title: () => 'title' },
  }
  // @ts-expect-error Book.title is missing.
  const withoutField: Complete<Resolvers, Parents> = { Query: { book: () => ({}) }, Book: {} }
  // @ts-expect-error Book is missing altogether.
  const withoutType: Complete<Resolvers, Parents> = { Query: { book: () => ({}) } }
  // @ts-expect-error Query is missing: a root type holds nothing.
  const withoutRoot: Complete<Resolvers, Parents> = { Book: { title: () => 'title' } }
  expect([complete, withoutField, withoutType, withoutRoot]).toHaveLength(4)
})
