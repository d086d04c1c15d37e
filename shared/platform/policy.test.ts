/** A row is seen, or not, the same way on every surface. @module */
import { describe, expect, it } from 'vitest'
import {
  ask,
  asked,
  callerOf,
  openLibrary,
  owner,
  queueOf,
  scopeOf,
  stranger,
} from './library.fixture.ts'
import { anonymous, type Caller } from './context.ts'
import { everyRow } from './policy.ts'
import { parse } from 'graphql'

const library = openLibrary()
const listed = { id: 'listed' }
const hidden = { id: 'private' }

const callers: Readonly<Record<string, { caller: Caller; seesPrivate: boolean }>> = {
  'its owner': { caller: callerOf(owner, 'CITIZEN'), seesPrivate: true },
  'a registrar': { caller: callerOf(stranger, 'REGISTRAR', 'CITIZEN'), seesPrivate: true },
  'another citizen': { caller: callerOf(stranger, 'CITIZEN'), seesPrivate: false },
  'an auditor': { caller: callerOf(stranger, 'AUDITOR'), seesPrivate: false },
  nobody: { caller: anonymous, seesPrivate: false },
}

/** Per surface: the query, and what it gives with and without the private book. */
const surfaces: Readonly<Record<string, { text: string; seen: unknown; unseen: unknown }>> = {
  'a root field': {
    text: '{ book(id: "private") { id } }',
    seen: { book: hidden },
    unseen: { book: null },
  },
  'a root list of nullable items': {
    text: '{ books { id } }',
    seen: { books: [listed, hidden] },
    unseen: { books: [listed, null] },
  },
  'a root list of required items': {
    text: '{ booksRequired { id } }',
    seen: { booksRequired: [listed, hidden] },
    unseen: { booksRequired: [listed] },
  },
  'a list of lists': {
    text: '{ shelves { id } }',
    seen: { shelves: [[listed, hidden], []] },
    unseen: { shelves: [[listed], []] },
  },
  'connection nodes': {
    text: '{ page { nodes { id } } }',
    seen: { page: { nodes: [listed, hidden] } },
    unseen: { page: { nodes: [listed] } },
  },
  'connection edges': {
    text: '{ page { edges { cursor node { id } } } }',
    seen: {
      page: {
        edges: [
          { cursor: 'listed', node: listed },
          { cursor: 'private', node: hidden },
        ],
      },
    },
    unseen: { page: { edges: [{ cursor: 'listed', node: listed }] } },
  },
  'a nested field': {
    text: '{ book(id: "listed") { sequel { id } } }',
    seen: { book: { sequel: hidden } },
    unseen: { book: { sequel: null } },
  },
  'a union': {
    text: '{ search { ... on Book { id } ... on Note { id } } }',
    seen: { search: [listed, hidden, { id: 'note' }] },
    unseen: { search: [listed, null, { id: 'note' }] },
  },
  'an interface': {
    text: '{ item(id: "private") { id } }',
    seen: { item: hidden },
    unseen: { item: null },
  },
  _entities: {
    text: `{ _entities(representations: [{ __typename: "Book", id: "private" }]) {
      ... on Book { id } __typename } }`,
    seen: { _entities: [{ ...hidden, __typename: 'Book' }] },
    unseen: { _entities: [null] },
  },
}

describe.each(Object.entries(surfaces))('on %s', (_surface, { text, seen, unseen }) => {
  it.each(Object.entries(callers))('%s gets what the policy allows', async (_who, given) => {
    const { data, codes } = await ask(library, text, given.caller)
    expect(data).toEqual(given.seesPrivate ? seen : unseen)
    expect(codes).toEqual([])
  })
})

describe('where null is not allowed', () => {
  it('NOT_FOUND stands for an unseen row', async () => {
    const { data, codes } = await ask(library, '{ bookRequired(id: "private") { id } }')
    expect(data).toBeNull()
    expect(codes).toEqual(['NOT_FOUND'])
  })

  it('NOT_FOUND stands for an unseen row of a mutation payload', async () => {
    const text = 'mutation { write(id: "private") { book { id } } }'
    const foreign = await ask(library, text, callerOf(stranger, 'CITIZEN'))
    expect(foreign.codes).toEqual(['NOT_FOUND'])
    const own = await ask(library, text, callerOf(owner, 'CITIZEN'))
    expect(own.data).toEqual({ write: { book: hidden } })
  })
})

describe('in an event', () => {
  const follow = async (text: string, caller: Caller): Promise<unknown> => {
    library.source = queueOf([{ id: 'private' }])
    const stream = await library.subgraph.subscribe({ document: parse(text) }, scopeOf(caller))
    if (!('next' in stream)) return structuredClone(stream)
    const { value } = await stream.next()
    await stream.return()
    return structuredClone(value)
  }

  it.each(Object.entries(callers))('%s gets what the policy allows', async (_who, given) => {
    const nested = await follow('subscription { bookWritten { book { id } } }', given.caller)
    const own = await follow('subscription { bookStream { id } }', given.caller)
    const book = given.seesPrivate ? hidden : null
    expect(own).toEqual({ data: { bookStream: book } })
    if (given.caller.did === null) return
    expect(nested).toEqual({ data: { bookWritten: { book } } })
  })
})

describe('fields beyond the public ones', () => {
  it('UNAUTHORIZED_FIELD, and null, for who may not see all of a row', async () => {
    const text = '{ book(id: "listed") { id title notes } }'
    const { data, errors } = await ask(library, text, callerOf(stranger, 'CITIZEN'))
    expect(data).toEqual({ book: { id: 'listed', title: 'Book listed', notes: null } })
    expect(errors).toMatchObject([
      { path: ['book', 'notes'], extensions: { code: 'UNAUTHORIZED_FIELD', field: 'Book.notes' } },
    ])
  })

  it('are there for its owner and for officials', async () => {
    const text = '{ book(id: "listed") { notes } }'
    for (const who of ['its owner', 'a registrar']) {
      const { data } = await ask(library, text, callers[who]?.caller)
      expect(data).toEqual({ book: { notes: 'Notes of listed' } })
    }
  })

  it('leave __typename and introspection alone', async () => {
    const { data, codes } = await ask(library, '{ book(id: "listed") { __typename } __typename }')
    expect(codes).toEqual([])
    expect(data).toEqual({ book: { __typename: 'Book' }, __typename: 'Query' })
    const schema = await ask(library, '{ __schema { queryType { name } } }')
    expect(schema.data).toEqual({ __schema: { queryType: { name: 'Query' } } })
  })
})

describe('a policy', () => {
  it('is asked once per request and row, however often the row surfaces', async () => {
    asked.seen = 0
    await ask(
      library,
      '{ books { id } booksRequired { id } page { nodes { id } edges { cursor } } }',
    )
    expect(asked.seen).toBe(2)
  })

  it('that throws hides the row', async () => {
    const failing = openLibrary({
      policies: {
        Book: {
          seen: () => {
            throw new TypeError('broken')
          },
        },
        Note: everyRow,
      },
    })
    const { data, codes } = await ask(failing, '{ book(id: "listed") { id } }')
    expect(data).toEqual({ book: null })
    expect(codes).toEqual(['INTERNAL'])
  })

  it.each([
    [{ Book: everyRow }, 'Note can be referred to and has no policy'],
    [{ Book: everyRow, Note: everyRow, Boook: everyRow }, 'no object type'],
    [{ Book: { ...everyRow, publicFields: ['titel'] }, Note: everyRow }, 'names no field titel'],
    [{ Book: everyRow, Note: everyRow, Query: everyRow }, 'a root type has no rows'],
  ])('that does not fit stops the start (%#)', (policies, message) => {
    expect(() => openLibrary({ policies })).toThrow(message)
  })
})
