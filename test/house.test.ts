/** The rules of the house, held against the tree, and held against planted offences. @module */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DefinitionNode, Kind, parse, visit } from 'graphql'
import { errorCodes } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'
import {
  banned,
  brokenImport,
  brokenKnot,
  comparedSecret,
  exportsOf,
  importsOf,
  isPure,
  misshapen,
  undocumented,
} from './house/rules.ts'
import { isTest, product, root, schemas, sources, tests, textOf } from './house/source.ts'

const everyTest = tests.map(textOf).join('\n')

describe('the tree', () => {
  test('every import points inward', () => {
    expect(sources.length).toBeGreaterThan(40)
    const offences = sources.flatMap((file) => [
      ...importsOf(textOf(file)).map((specifier) => brokenImport(file, specifier)),
      brokenKnot(file, textOf(file)),
    ])
    expect(offences.filter((offence) => offence !== null)).toEqual([])
  })

  test('every file has a noun for a name, a first comment that says what it is for, a bound size', () => {
    expect(sources.flatMap((file) => misshapen(file, textOf(file)))).toEqual([])
  })

  test('no banned construct outside the files named for it', () => {
    expect(product.flatMap((file) => banned(file, textOf(file)))).toEqual([])
  })

  test('no secret is compared by an operator', () => {
    const offences = product.map((file) => comparedSecret(file, textOf(file)))
    expect(offences.filter((offence) => offence !== null)).toEqual([])
  })

  test('every export of a pure room says what it is, which codes it throws, and is tested', () => {
    const pure = product.filter(isPure)
    expect(pure.length).toBeGreaterThan(15)
    const untested = pure.flatMap((file) =>
      exportsOf(textOf(file))
        .filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(everyTest))
        .map(({ name }) => `${file}: ${name} is named in no test`),
    )
    expect([...pure.flatMap((file) => undocumented(file, textOf(file))), ...untested]).toEqual([])
  })

  test('every error code is thrown somewhere and named in a test', () => {
    const code = product
      .filter((file) => file !== 'shared/core/errors.ts')
      .map(textOf)
      .join('\n')
    const offences = Object.keys(errorCodes).flatMap((name) => [
      ...(code.includes(`'${name}'`) ? [] : [`${name} is thrown nowhere`]),
      ...(new RegExp(`\\b${name}\\b`).test(everyTest) ? [] : [`${name} is named in no test`]),
    ])
    expect(offences).toEqual([])
  })
})

describe('dependencies', () => {
  test('one copy of each package whose identity matters', () => {
    const alone =
      /\/node_modules\/(graphql|drizzle-orm|json-canonicalize|@noble\/[^/]+)\/package\.json$/
    const copies = globSync(
      '{,*/,*/*/}node_modules/{,*/node_modules/,@*/*/node_modules/}{,@noble/}*/package.json',
      { cwd: root },
    )
      .map((file) => `/${file.replaceAll('\\', '/')}`)
      .filter((file) => alone.test(file) && !/node_modules\/@sez\//.test(file))
      .map((file) => alone.exec(file)?.[1] ?? '')
    expect(copies.length).toBeGreaterThan(3)
    expect(copies.toSorted()).toEqual([...new Set(copies)].toSorted())
  })

  test('the lock file holds no registry address', () => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
    expect(lock.match(/"resolved": "https?:[^"]*"/)).toBeNull()
  })
})

/** Definitions, fields, arguments and values of an SDL that lack a description. */
function undescribed(sdl: string): string[] {
  const found: string[] = []
  const above: string[] = []
  const enter = (node: { name?: { value: string }; description?: unknown }) => {
    const name = node.name?.value ?? ''
    above.push(name)
    if (node.description === undefined) found.push(above.join('.'))
  }
  const leave = () => void above.pop()
  const described = { enter, leave }
  const extended = {
    enter: (node: { name: { value: string } }) => void above.push(node.name.value),
    leave,
  }
  const foreign = (node: DefinitionNode) =>
    /resolvable: false/.test(sdl.slice(node.loc?.start, node.loc?.end))
  visit(parse(sdl), {
    [Kind.OBJECT_TYPE_DEFINITION]: {
      enter: (node) => (foreign(node) ? false : enter(node)),
      leave,
    },
    [Kind.OBJECT_TYPE_EXTENSION]: extended,
    [Kind.INTERFACE_TYPE_DEFINITION]: described,
    [Kind.UNION_TYPE_DEFINITION]: described,
    [Kind.ENUM_TYPE_DEFINITION]: described,
    [Kind.INPUT_OBJECT_TYPE_DEFINITION]: described,
    [Kind.SCALAR_TYPE_DEFINITION]: described,
    [Kind.FIELD_DEFINITION]: described,
    [Kind.INPUT_VALUE_DEFINITION]: described,
    [Kind.ENUM_VALUE_DEFINITION]: described,
    [Kind.DIRECTIVE_DEFINITION]: { enter: () => false as const },
  })
  return found
}

interface RootField {
  readonly type: string
  readonly name: string
  readonly hasArguments: boolean
}

/** The root fields of every subgraph. */
function rootFields(sdl: string): RootField[] {
  return parse(sdl).definitions.flatMap((node) => {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION)
      return []
    if (!['Query', 'Mutation', 'Subscription'].includes(node.name.value)) return []
    return (node.fields ?? []).map((field) => ({
      type: node.name.value,
      name: field.name.value,
      hasArguments: (field.arguments ?? []).length > 0,
    }))
  })
}

/** Whether a journey has a test of that title, written out or from a table that names the field. */
function tells(journey: string, field: string, kind: string): boolean {
  if (journey.includes(`${field} · ${kind}`)) return true
  const isTabled = new RegExp(`\\$\\{\\w+\\} · ${kind}`).test(journey)
  return isTabled && new RegExp(`['"]${field}['"]|^\\s*${field}:`, 'm').test(journey)
}

describe('the API', () => {
  test('every type, field, argument, value and input is described', () => {
    expect(schemas.length).toBeGreaterThan(2)
    const offences = schemas.flatMap((file) =>
      undescribed(textOf(file)).map((at) => `${file}: ${at}`),
    )
    expect(offences).toEqual([])
  })

  test('no Float anywhere in the SDL', () => {
    expect(schemas.filter((file) => /:\s*\[?Float\b/.test(textOf(file)))).toEqual([])
  })

  test('every root field has a success, a refusal and a not-found test through the gateway', () => {
    const journeys = tests.filter((file) => file.startsWith('test/journeys/')).map(textOf)
    const missing = schemas.flatMap((file) =>
      rootFields(textOf(file)).flatMap(({ name, hasArguments }) =>
        (hasArguments ? ['success', 'refusal', 'not found'] : ['success'])
          .filter((kind) => !journeys.some((journey) => tells(journey, name, kind)))
          .map((kind) => `${name} · ${kind}`),
      ),
    )
    expect(missing).toEqual([])
  })
})

describe('the rules themselves', () => {
  test('each forbidden direction is caught', () => {
    const forbidden: [file: string, specifier: string][] = [
      ['shared/core/a.ts', 'node:fs'],
      ['shared/core/a.ts', '@sez/platform/db'],
      ['shared/core/a.test.ts', '@sez/platform/db'],
      ['shared/platform/a.ts', '@sez/corridor/store'],
      ['shared/client/a.ts', '@sez/platform/db'],
      ['subgraphs/corridor/domain/a.ts', '@sez/platform/outbox'],
      ['subgraphs/corridor/domain/a.ts', 'drizzle-orm'],
      ['subgraphs/corridor/a.ts', '@sez/entities/subgraph'],
      ['subgraphs/corridor/a.ts', '../entities/tables.ts'],
      ['gateway/a.ts', '@sez/corridor/subgraph'],
      ['gateway/a.ts', 'drizzle-orm'],
      ['deploy/a.ts', '@sez/test/zone.fixture'],
    ]
    expect(forbidden.filter(([file, specifier]) => brokenImport(file, specifier) === null)).toEqual(
      [],
    )
    expect(brokenImport('subgraphs/corridor/domain/a.ts', '../tables.ts')).toBeNull()
    expect(
      brokenKnot('subgraphs/corridor/domain/a.ts', "import { rows } from '../tables.ts'"),
    ).not.toBeNull()
    expect(
      brokenKnot('subgraphs/corridor/domain/a.ts', "import type { Row } from '../tables.ts'"),
    ).toBeNull()
  })

  test('each banned construct is caught, and its look-alikes are not', () => {
    const offences: [text: string, name: string][] = [
      ["throw new Error('x')", 'throw new Error'],
      ['console.log(1)', 'console'],
      ['process.exit(1)', 'process.exit'],
      ['const now = Date.now()', 'a clock'],
      ['const now = new Date()', 'a clock'],
      ["createHash('sha256')", 'a hash'],
      ['const x = rows[0]!.id', 'a non-null assertion'],
      ['const x = y as any', 'any'],
      ['const id = text as EntityId', 'a cast to a branded value'],
    ]
    for (const [text, name] of offences)
      expect(banned('gateway/a.ts', text)).toEqual([`gateway/a.ts: ${name}`])
    const innocent = [
      'const d = new Date(0)',
      'if (a !== b) c()',
      "'console.log'",
      '// any',
      'x = !y',
    ]
    for (const text of innocent) expect(banned('gateway/a.ts', text)).toEqual([])
    expect(comparedSecret('a.ts', 'if (secret === given) ok()')).not.toBeNull()
    expect(comparedSecret('a.ts', 'if (equalBytes(secret, given)) ok()')).toBeNull()
  })

  test('a misshapen file, a bare export and an undescribed field are caught', () => {
    expect(misshapen('gateway/utils.ts', '/** x @module */')).toHaveLength(1)
    expect(misshapen('gateway/camelCase.ts', '/** x @module */')).toHaveLength(1)
    expect(misshapen('gateway/a.ts', 'export {}')).toHaveLength(1)
    expect(misshapen('gateway/a.ts', `/** x @module */${'\n'.repeat(500)}`)).toHaveLength(1)
    expect(undocumented('a.ts', 'export const x = 1')).toHaveLength(1)
    expect(
      undocumented(
        'a.ts',
        "/** X. */\nexport function x() {\n  throw new SezError('NOT_FOUND')\n}\n",
      ),
    ).toHaveLength(1)
    expect(undescribed('type A { b: Int }')).toEqual(['A', 'A.b'])
    expect(isTest('test/house.test.ts')).toBe(true)
  })
})
