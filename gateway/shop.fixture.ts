/** An awkward supergraph: keys of every kind, @requires with arguments, abstract types, shared fields. @module */
import { GraphQLError } from 'graphql'
import type { Service } from './federation.fixture.ts'

interface Product {
  __typename: 'Book' | 'Gadget'
  upc: string
  sku: { code: string; site: string }
  name: string
  price: number
  weight: number
  grid: { row: number; col: number }[][]
  authorId: string
  kind: string
  extra: unknown
  internal: string
}

const products: Product[] = ['p1', 'p2', 'p3', 'p4'].map((upc, index) => ({
  __typename: index % 2 === 0 ? 'Book' : 'Gadget',
  upc,
  sku: { code: `c${index}`, site: index < 2 ? 'east' : 'west' },
  name: `Name "${upc}" \\ \u2028 é 😀`,
  price: index * 100 + 5,
  weight: index * 10,
  grid: [
    [{ row: 0, col: index }],
    [
      { row: 1, col: index },
      { row: 1, col: index + 1 },
    ],
  ],
  authorId: `u${(index % 2) + 1}`,
  kind: index === 3 ? 'SECRET' : 'PLAIN',
  extra: { __proto__x: 1, list: [1, 'two', null], nested: { deep: true } },
  internal: 'hidden',
}))
const users = [
  { __typename: 'User', id: 'u1', name: 'Ann', constructor: 'built', toString: 'text' },
  { __typename: 'User', id: 'u2', name: 'Bob', constructor: null, toString: null },
]
const reviews = [1, 2, 3, 4, 5, 6].map((number) => ({
  __typename: 'Review',
  id: `r${number}`,
  stars: number === 6 ? null : number,
  productUpc: `p${(number % 3) + 1}`,
  userId: number % 2 === 0 ? 'u1' : 'u2',
}))

const productOf = (upc: string) => products.find((product) => product.upc === upc) ?? null
const userOf = (id: string) => users.find((user) => user.id === id) ?? null

const catalogue: Service = {
  name: 'catalogue',
  sdl: `
    interface Product @key(fields: "upc") { upc: ID! name: String price(currency: String): Int weight: Int kind: Kind grid: [[Cell!]!]! }
    type Book implements Product @key(fields: "upc") @key(fields: "sku { code site }") {
      upc: ID! sku: Sku! name: String price(currency: String): Int weight: Int kind: Kind
      grid: [[Cell!]!]! extra: Anything author: User strict: String! internal: String @inaccessible
    }
    type Gadget implements Product @key(fields: "upc") @key(fields: "sku { code site }") {
      upc: ID! sku: Sku! name: String price(currency: String): Int weight: Int kind: Kind
      grid: [[Cell!]!]! extra: Anything author: User
    }
    type Sku { code: String! site: String! }
    type Cell { row: Int! col: Int! }
    enum Kind { PLAIN SECRET @inaccessible }
    scalar Anything
    type User @key(fields: "id") { id: ID! books: [Book!]! }
    union Found = Book | Gadget | User
    type Query {
      products(first: Int): [Product!]! product(upc: ID!): Product book(upc: ID!): Book
      found: [Found] fails: String failsHard: String! status: Status @shareable
      constructor: String
    }
    type Status @shareable { ready: Boolean catalogue: Int @shareable }
    type Mutation { rename(upc: ID!, name: String!): Product count: Int! }
  `,
  resolvers: {
    Product: { __resolveType: ({ __typename }: Product) => __typename },
    Found: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Book: bookResolvers(),
    Gadget: { ...bookResolvers() },
    User: {
      __resolveReference: ({ id }: { id: string }) => userOf(id),
      books: ({ id }: { id: string }) =>
        products.filter(({ authorId, __typename }) => authorId === id && __typename === 'Book'),
    },
    Query: {
      products: (_: unknown, { first }: { first?: number }) =>
        products.slice(0, first ?? undefined),
      product: (_: unknown, { upc }: { upc: string }) => productOf(upc),
      book: (_: unknown, { upc }: { upc: string }) => productOf(upc),
      found: () => [products[0], users[0], null, products[1]],
      fails: () => {
        throw new GraphQLError('Cannot say', {
          extensions: {
            code: 'TEAPOT',
            class: 'CONFLICT',
            retry: false,
            details: { hint: 'rest' },
          },
        })
      },
      failsHard: () => {
        throw new GraphQLError('Cannot at all', { extensions: { code: 'HARD' } })
      },
      status: () => ({ ready: true, catalogue: 1, reviews: 2 }),
      constructor: () => 'made',
    },
    Mutation: {
      rename: (_: unknown, { upc, name }: { upc: string; name: string }) => {
        const product = productOf(upc)
        return product && { ...product, name }
      },
      count: () => {
        mutations.push('catalogue')
        return mutations.length
      },
    },
  },
}

/** The order in which mutations ran; tests empty it. */
export const mutations: string[] = []

function bookResolvers() {
  return {
    __resolveReference: ({ upc, sku }: { upc?: string; sku?: { code: string } }) =>
      upc === undefined
        ? (products.find((product) => product.sku.code === sku?.code) ?? null)
        : productOf(upc),
    price: ({ price }: Product, { currency }: { currency?: string }) =>
      currency === 'USD' ? price / 5 : price,
    author: ({ authorId }: Product) => userOf(authorId),
    strict: ({ upc }: Product) => {
      if (upc === 'p3') throw new GraphQLError('No strict', { extensions: { code: 'STRICT' } })
      return `strict ${upc}`
    },
  }
}

const opinions: Service = {
  name: 'opinions',
  sdl: `
    type Book @key(fields: "upc") { upc: ID! reviews(first: Int): [Review!]! best: Review @provides(fields: "author { name }") }
    type Gadget @key(fields: "upc") { upc: ID! reviews(first: Int): [Review!]! }
    type Review @key(fields: "id") { id: ID! stars: Int author: User! product: Rated! mustStars: Int! }
    union Rated = Book | Gadget
    type User @key(fields: "id") { id: ID! name: String! @external reviews: [Review!]! }
    type Query { reviews: [Review!]! status: Status @shareable me: User }
    type Status @shareable { ready: Boolean reviews: Int @shareable }
    type Mutation { review(upc: ID!): Review! note: Int! }
    type Subscription { reviewed(count: Int = 3): Review! broken: Review! refused: Review silent: Review }
  `,
  resolvers: {
    Rated: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Book: reviewedResolvers(),
    Gadget: reviewedResolvers(),
    User: {
      __resolveReference: ({ id }: { id: string }) => userOf(id),
      reviews: ({ id }: { id: string }) => reviews.filter(({ userId }) => userId === id),
    },
    Review: {
      __resolveReference: ({ id }: { id: string }) =>
        reviews.find((review) => review.id === id) ?? null,
      author: ({ userId }: { userId: string }) => userOf(userId),
      product: ({ productUpc }: { productUpc: string }) => productOf(productUpc),
      mustStars: ({ stars }: { stars: number | null }) => stars,
    },
    Query: {
      reviews: () => reviews,
      status: () => ({ ready: true, catalogue: 1, reviews: 2 }),
      me: () => users[0],
    },
    Mutation: {
      review: (_: unknown, { upc }: { upc: string }) =>
        reviews.find(({ productUpc }) => productUpc === upc),
      note: () => {
        mutations.push('opinions')
        return mutations.length
      },
    },
    Subscription: {
      reviewed: {
        async *subscribe(_: unknown, { count }: { count: number }) {
          for (const review of reviews.slice(0, count)) yield { reviewed: review }
        },
      },
      broken: {
        async *subscribe() {
          yield { broken: reviews[0] }
          yield { broken: null }
        },
      },
      refused: {
        subscribe() {
          throw new GraphQLError('Not today', { extensions: { code: 'REFUSED' } })
        },
      },
    },
  },
}

function reviewedResolvers() {
  return {
    __resolveReference: ({ upc }: { upc: string }) => productOf(upc),
    reviews: ({ upc }: Product, { first }: { first?: number }) =>
      reviews.filter(({ productUpc }) => productUpc === upc).slice(0, first ?? undefined),
    best: ({ upc }: Product) => reviews.find(({ productUpc }) => productUpc === upc) ?? null,
  }
}

const warehouse: Service = {
  name: 'warehouse',
  sdl: `
    type Book @key(fields: "sku { code site }") {
      sku: Sku! price(currency: String): Int @external weight: Int @external
      shipping: Int @requires(fields: "price(currency: \\"USD\\") weight")
      stock: [Place!]!
    }
    type Gadget @key(fields: "upc") { upc: ID! weight: Int @external heavy: Boolean @requires(fields: "weight") stock: [Place!]! }
    type Sku @shareable { code: String! site: String! }
    type Place { at: String! count: Int! }
    type User @key(fields: "id") { id: ID! name: String! @shareable constructor: String toString: String visits: Int }
  `,
  resolvers: {
    Book: {
      __resolveReference: (reference: {
        sku: { code: string }
        price?: number
        weight?: number
      }) => ({
        ...products.find(({ sku }) => sku.code === reference.sku.code),
        ...reference,
        __usd: reference.price,
      }),
      shipping: (book: Product & { __usd?: number }) =>
        (book.__usd ?? book.price / 5) + book.weight,
      stock: stockOf,
    },
    Gadget: {
      __resolveReference: (reference: { upc: string }) => ({
        ...productOf(reference.upc),
        ...reference,
      }),
      heavy: ({ weight }: Product) => weight > 10,
      stock: stockOf,
    },
    User: {
      __resolveReference: ({ id }: { id: string }) => userOf(id),
      visits: () => 7,
    },
  },
}

function stockOf({ sku }: Product) {
  return [
    { at: sku.site, count: 3 },
    { at: 'spare', count: 1 },
  ]
}

export const shop: readonly Service[] = [catalogue, opinions, warehouse]

const films = [
  { __typename: 'Film', id: 'm1', title: 'One', minutes: 90, rating: 4, tags: ['a'] },
  { __typename: 'Song', id: 'm2', title: 'Two', seconds: 180, rating: 2, tags: [] },
  { __typename: 'Film', id: 'm3', title: 'Three', minutes: 120, rating: null, tags: ['b', 'c'] },
]

/** A second awkward supergraph: an interface object, an override, nullable entities. */
export const media: readonly Service[] = [
  {
    name: 'library',
    sdl: `
      interface Media @key(fields: "id") { id: ID! title: String! }
      type Film implements Media @key(fields: "id") { id: ID! title: String! minutes: Int! tags: [String!]! }
      type Song implements Media @key(fields: "id") { id: ID! title: String! seconds: Int! }
      type Query { media: [Media!]! film(id: ID!): Film first: Media missing: Film }
    `,
    resolvers: {
      Media: {
        __resolveType: ({ __typename }: { __typename: string }) => __typename,
        __resolveReference: ({ id }: { id: string }) => films.find((film) => film.id === id),
      },
      Film: {
        __resolveReference: ({ id }: { id: string }) => films.find((film) => film.id === id),
      },
      Song: {
        __resolveReference: ({ id }: { id: string }) => films.find((film) => film.id === id),
      },
      Query: {
        media: () => films,
        film: (_: unknown, { id }: { id: string }) =>
          films.find((film) => film.id === id && film.__typename === 'Film') ?? null,
        first: () => films[0],
        missing: () => ({ __typename: 'Film', id: 'm9', title: 'Lost', minutes: 1, tags: [] }),
      },
    },
  },
  {
    name: 'ratings',
    sdl: `
      type Media @key(fields: "id") @interfaceObject { id: ID! rating: Int rated: [Rating!]! }
      type Rating { by: String! media: Media! }
      type Query { topRated: Media ratings: [Rating!]! }
    `,
    resolvers: {
      Media: {
        __resolveReference: ({ id }: { id: string }) => {
          const film = films.find((one) => one.id === id)
          return film && { ...film, __typename: 'Media' }
        },
        rating: ({ id }: { id: string }) => films.find((film) => film.id === id)?.rating ?? null,
        rated: ({ id }: { id: string }) => [{ by: `critic of ${id}`, mediaId: id }],
      },
      // Only the monolith uses these two: there, the interface's fields live on its object types.
      Film: ratedResolvers(),
      Song: ratedResolvers(),
      Rating: {
        media: ({ mediaId }: { mediaId: string }) => films.find(({ id }) => id === mediaId),
      },
      Query: { topRated: () => films[0], ratings: () => [{ by: 'all', mediaId: 'm2' }] },
    },
  },
  {
    name: 'tagger',
    sdl: `
      type Film @key(fields: "id") { id: ID! tags: [String!]! @override(from: "library") mustRate: Int! }
    `,
    resolvers: {
      Film: {
        __resolveReference: ({ id }: { id: string }) =>
          films.find((film) => film.id === id) ?? null,
        mustRate: ({ rating }: { rating: number | null }) => rating,
      },
    },
  },
]

function ratedResolvers() {
  return {
    rating: ({ rating }: { rating: number | null }) => rating,
    rated: ({ id }: { id: string }) => [{ by: `critic of ${id}`, mediaId: id }],
  }
}
