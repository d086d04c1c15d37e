/** The registry of operations: its form, and the exactness of its ids (spec/30-operations.md). @module */
import { createHash } from 'node:crypto'
import { parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { operationId, parseSafelist, printSafelist, type RegisteredOperation } from './safelist.ts'

function operation(document: string, name = 'A'): RegisteredOperation {
  return { id: operationId(document), name, kind: 'query', document, roles: null, cost: 0 }
}

const a = operation('query A {\n  zone {\n    id\n  }\n}')
const b = operation('query B { zone { id } }', 'B')

/** The file with one thing changed. */
function changed(edit: (file: { type: string; operations: Record<string, unknown>[] }) => unknown) {
  const file = JSON.parse(printSafelist([a, b])) as Parameters<typeof edit>[0]
  edit(file)
  return JSON.stringify(file)
}

test('the id is what a persisted query sends: SHA-256 of the printed text, byte for byte', () => {
  const document = print(parse('query A { zone { id } } # ü'))
  expect(operationId(document)).toBe(createHash('sha256').update(document, 'utf8').digest('hex'))
  expect(operationId(document)).toBe(a.id)
  expect(operationId(`${document} `)).not.toBe(a.id)
})

test('a registry finds an operation by its id and by its exact text, and by nothing near', () => {
  const list = parseSafelist(printSafelist([b, a]))
  expect(list.operations.map(({ name }) => name)).toEqual(['A', 'B'])
  expect(list.find(a.id)).toEqual(a)
  expect(list.find(a.id.toUpperCase())).toBeNull()
  expect(list.findText(b.document)).toEqual(b)
  expect(list.findText(`${b.document}\n`)).toBeNull()
})

test('the same operations give the same bytes, and read and written they stay so', () => {
  const text = printSafelist([a, b])
  expect(printSafelist([b, a])).toBe(text)
  expect(printSafelist(parseSafelist(text).operations)).toBe(text)
})

describe('SAFELIST_INVALID', () => {
  const first = (edit: object) =>
    changed(({ operations }) => Object.assign(operations[0] ?? {}, edit))
  const renamed = 'query C { zone { id } }'
  test.each([
    ['no JSON', '{', '$'],
    ['no object', '[]', '$'],
    ['another type', changed((file) => (file.type = 'v2')), '$.type'],
    ['a member nobody knows', changed((file) => Object.assign(file, { x: 1 })), '$.x'],
    ['no list', '{"type":"sez-operations.v1","operations":{}}', '$.operations'],
    ['another id', first({ id: b.id }), '$.operations[0].id'],
    ['an upper-case id', first({ id: a.id.toUpperCase() }), '$.operations[0].id'],
    ['another name', first({ name: 'Z' }), '$.operations[0].name'],
    ['another kind', first({ kind: 'mutation' }), '$.operations[0].kind'],
    ['roles that are no sets', first({ roles: ['ADMIN'] }), '$.operations[0].roles'],
    ['a cost that is no number', first({ cost: 1.5 }), '$.operations[0].cost'],
    [
      'no cost',
      changed(({ operations }) => delete operations[0]?.['cost']),
      '$.operations[0].cost',
    ],
    ['text that is no document', first(operation('query {')), '$.operations[0].document'],
    ['no name in it', first(operation('{ zone { id } }')), '$.operations[0].name'],
    ['two operations', first(operation(`${a.document} ${renamed}`)), '$.operations[0].document'],
    [
      'wrong order',
      changed((file) => (file.operations = file.operations.toReversed())),
      '$.operations[1].name',
    ],
    ['a name twice', changed((file) => (file.operations[1] = { ...a })), '$.operations[1].name'],
  ])('for %s', (_, text, path) => {
    expect(() => parseSafelist(text)).toThrow(
      expect.objectContaining({
        code: 'SAFELIST_INVALID',
        details: expect.objectContaining({ path }),
      }),
    )
  })
})
