/**
 * SDL to `schema.types.ts` for every subgraph: types only, so that it can be removed without
 * touching a resolver. `npm run generate`; with `-- --check` it fails where the committed output is
 * stale.
 *
 * @module
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { CodegenConfig } from '@graphql-codegen/cli'

const mapperPattern = /^export (?:type|interface) (\w+)Row\b/gmu

/** `export type CorridorRow`, in any file of a subgraph, backs the GraphQL type `Corridor`. */
function mappersOf(folder: string, declared: ReadonlySet<string>): Record<string, string> {
  const files = globSync(`${folder}/**/*.ts`).filter(
    (path) => !/\.(?:test|types|fixture)\.ts$/u.test(path),
  )
  const rows = files.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(mapperPattern)].flatMap(([, type = '']) =>
      declared.has(type) ? [[type, `.${path.slice(folder.length)}#${type}Row`] as const] : [],
    ),
  )
  const shared = declared.has('LogReference')
    ? [['LogReference', '@sez/platform/outbox#LogReference as LogReferenceRow'] as const]
    : []
  return Object.fromEntries([...shared, ...rows])
}

function declaredTypes(sdl: string): ReadonlySet<string> {
  const pattern = /^(?:extend )?(?:type|interface|union) (\w+)/gmu
  return new Set([...sdl.matchAll(pattern)].map(([, name = '']) => name))
}

/** Scalars arrive parsed by platform's scalars.ts; federation's own never reach a resolver. */
const scalars = {
  ID: { input: 'string', output: 'string' },
  BigInt: { input: 'bigint', output: 'bigint' },
  CountryCode: 'string',
  Currency: 'string',
  Date: 'string',
  DateTime: { input: 'Date', output: 'Date | string' },
  Decimal: 'string',
  Did: '@sez/core/did#Did',
  Digest: '@sez/core/digest#Digest',
  Json: 'unknown',
  SignedDocument: 'string',
  Uuid: '@sez/core/ids#Uuid',
  _Any: 'unknown',
  _FieldSet: 'string',
  FieldSet: 'string',
  federation__ContextFieldValue: 'string',
  federation__FieldSet: 'string',
  federation__Policy: 'string',
  federation__Scope: 'string',
  link__Import: 'string',
}

function outputOf(path: string): [string, CodegenConfig['generates'][string]] {
  const folder = dirname(path)
  const declared = declaredTypes(readFileSync(path, 'utf8'))
  return [
    `${folder}/schema.types.ts`,
    {
      schema: path,
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        enumsAsTypes: true,
        useTypeImports: true,
        contextType: '@sez/platform/context#Context',
        scalars,
        strictScalars: true,
        avoidOptionals: { field: true, object: true, inputValue: false, defaultValue: false },
        mappers: mappersOf(folder, declared),
        skipTypename: true,
      },
    },
  ]
}

const wanted = process.env['SUBGRAPH']

const config: CodegenConfig = {
  silent: true,
  generates: Object.fromEntries(
    globSync('subgraphs/*/schema.graphql')
      .filter((path) => wanted === undefined || basename(dirname(path)) === wanted)
      .filter((path) => existsSync(path))
      .sort()
      .map(outputOf),
  ),
}
export default config
