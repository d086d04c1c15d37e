/** Access rules of the SDL, enforced by the subgraph itself. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Role } from '@sez/core/roles'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { accessRules } from './access.ts'
import { ask, callerOf, openLibrary, owner, scopeOf } from './library.fixture.ts'

const library = openLibrary()
const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@tag", "@authenticated", "@requiresScopes"])`

/** Opens a subgraph of one SDL text and nothing else. */
function open(sdl: string, resolvers: object = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'sez-access-'))
  try {
    const file = join(folder, 'schema.graphql')
    writeFileSync(file, `${link}\n${sdl}`)
    openLibrary({ schema: pathToFileURL(file), resolvers, policies: {} })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('a field', () => {
  it.each<[string, string, Role[] | null, string | null]>([
    ['public', '{ hello }', null, null],
    ['authenticated', '{ whoami }', null, 'UNAUTHENTICATED'],
    ['authenticated', '{ whoami }', [], null],
    ['scoped', '{ archive }', null, 'UNAUTHENTICATED'],
    ['scoped', '{ archive }', [], 'FORBIDDEN'],
    ['scoped', '{ archive }', ['REGISTRAR'], 'FORBIDDEN'],
    ['scoped', '{ archive }', ['AUDITOR', 'CITIZEN'], 'FORBIDDEN'],
    ['scoped', '{ archive }', ['ADMIN'], null],
    ['scoped', '{ archive }', ['REGISTRAR', 'AUDITOR'], null],
    ['of a scoped type', '{ ledger { balance } }', null, 'UNAUTHENTICATED'],
    ['of a scoped type', '{ ledger { balance } }', ['ADMIN'], 'FORBIDDEN'],
    ['of a scoped type', '{ ledger { balance } }', ['TAX'], null],
    ['scoped and nested', '{ book(id: "listed") { audit } }', ['CITIZEN'], 'FORBIDDEN'],
    ['scoped and nested', '{ book(id: "listed") { audit } }', ['AUDITOR'], null],
    [
      'scoped, a mutation',
      'mutation { write(id: "listed") { __typename } }',
      ['ADMIN'],
      'FORBIDDEN',
    ],
    ['scoped, a mutation', 'mutation { write(id: "listed") { __typename } }', ['CITIZEN'], null],
  ])('%s, asked %s by %j: %s', async (_kind, text, roles, code) => {
    const caller = roles === null ? callerOf(null) : callerOf(owner, ...roles)
    const { codes } = await ask(library, text, caller)
    expect(codes).toEqual(code === null ? [] : [code])
  })

  it('FORBIDDEN names the roles that would do', async () => {
    const { errors } = await ask(library, '{ archive }', callerOf(owner, 'CITIZEN'))
    expect(errors).toMatchObject([
      { extensions: { details: { rolesAllowed: ['ADMIN', 'AUDITOR', 'REGISTRAR'] } } },
    ])
  })

  it('of a subscription is guarded before anything is followed', async () => {
    const document = parse('subscription { bookWritten { request } }')
    const refused = await library.subgraph.subscribe({ document }, scopeOf())
    expect(refused).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })
})

describe('an SDL that would leave a gap stops the start', () => {
  it.each([
    ['a root field without a rule', 'type Query { open: String }', 'Query.open has no access rule'],
    [
      'a mutation without a rule',
      'type Query { a: Int @authenticated } type Mutation { act: String }',
      'Mutation.act has no access rule',
    ],
    [
      'a root field in an extension',
      'type Query { a: Int @authenticated } extend type Query { open: String }',
      'Query.open has no access rule',
    ],
    ['another tag', 'type Query { open: String @tag(name: "beta") }', 'has no access rule'],
    [
      'public and guarded at once',
      'type Query { open: String @tag(name: "public") @authenticated }',
      'is public and guarded at once',
    ],
    [
      'an unknown role',
      'type Query { open: String @requiresScopes(scopes: [["CLERK"]]) }',
      'names known roles',
    ],
    ['no alternative', 'type Query { open: String @requiresScopes(scopes: []) }', 'at least one'],
    ['an empty alternative', 'type Query { open: String @requiresScopes(scopes: [[]]) }', 'known'],
  ])('%s', (_case, sdl, message) => {
    expect(() => open(sdl)).toThrow(message)
  })

  it.each([
    ['a rule on an interface', 'interface Item @authenticated { id: ID! }', 'on the object types'],
    ['a rule on its field', 'interface Item { id: ID! @authenticated }', 'on the object types'],
    ['a policy', 'type Query { a: Int @policy(policies: [["x"]]) }', 'not enforced here'],
    [
      'a renamed directive',
      'extend schema @link(url: "x", import: [{ name: "@authenticated", as: "@known" }])',
      'renames nothing',
    ],
    ['a renamed namespace', 'extend schema @link(url: "x", as: "fed")', 'renames nothing'],
  ])('%s', (_case, sdl, message) => {
    expect(() => accessRules(parse(sdl))).toThrow(message)
  })

  it.each([
    ['a resolver of an unknown type', { Qery: {} }, 'a type Qery'],
    ['a resolver of an unknown field', { Query: { b: () => 1 } }, 'Query.b'],
  ])('%s', (_case, resolvers, message) => {
    expect(() => open('type Query { a: Int @authenticated }', resolvers)).toThrow(message)
  })

  it('a scalar without a parser', () => {
    const sdl = 'scalar Colour type Query { a: Colour @authenticated }'
    expect(() => open(sdl)).toThrow('scalar Colour has no rule')
  })
})
