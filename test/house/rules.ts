/**
 * The rules of the house as functions from a file and its text to the offences in it. The table of
 * rooms is the architecture; a diagram would only repeat it.
 *
 * @module
 */
import { codeOf, importsOf, packageOf, resolved } from './source.ts'

const pure = String.raw`@noble\/|@scure\/base$`

/** Room → what it may import besides itself. The first match wins, so the narrower comes first. */
const rooms: readonly (readonly [room: RegExp, may: RegExp])[] = [
  [/^shared\/core\//, new RegExp(`^(${pure})`)],
  [
    /^shared\/platform\//,
    /^(@sez\/core\/|@apollo\/(server|subgraph)|graphql|drizzle-orm|postgres$|jose$|pino$|prom-client$|@opentelemetry\/|dataloader$|ws$|@nats-io\/|node:)/,
  ],
  [/^shared\/client\/examples\//, /^(@sez\/(core|client)\/|@nats-io\/|node:)/],
  [/^shared\/client\//, /^(@sez\/core\/|graphql-ws$|ws$|graphql$|@nats-io\/)/],
  [/^subgraphs\/[^/]+\/domain\//, /^@sez\/core\//],
  [/^subgraphs\/[^/]+\//, /^(@sez\/(core|platform)\/|drizzle-orm|graphql$)/],
  [/^gateway\//, /^(@sez\/(core|platform)\/|@apollo\/|graphql|undici$|ws$|prom-client$|node:)/],
  [
    /^schemas\//,
    /^(@sez\/core\/|@apollo\/(composition|federation-internals|subgraph)|graphql|node:)/,
  ],
  [/^drizzle\//, /^(@sez\/(core|platform)\/|postgres$|drizzle-(kit|orm)|node:)/],
  [/^deploy\//, /^(@sez\/(?!test)|node:)/],
]

/** What tests beside the code may import on top of their room. */
const testTools =
  /^(vitest|json-canonicalize$|fast-check|node:|@sez\/core\/|@sez\/platform\/|graphql|ws$|postgres$|playwright-core$|@apollo\/)/

/** The direction an import breaks, or null. */
export function brokenImport(file: string, specifier: string): string | null {
  if (file.startsWith('test/')) return null
  if (specifier.startsWith('.')) {
    const target = resolved(file, specifier)
    if (packageOf(target) !== packageOf(file)) {
      return `${file}: leave a package by its name, not by ${specifier}`
    }
    return null
  }
  const own = file.startsWith('deploy/') ? null : subgraphOf(file)
  if (own !== null && specifier.startsWith(`@sez/${own}/`)) return null
  if (/\.(test|fixture)\.ts$/.test(file)) {
    // A pure room stays pure in its tests as well: no test of core reaches into platform.
    if (
      testTools.test(specifier) &&
      !(file.startsWith('shared/core/') && specifier.startsWith('@sez/platform'))
    ) {
      return null
    }
  }
  const room = rooms.find(([path]) => path.test(file))
  if (room === undefined) return `${file}: lies in no room`
  return room[1].test(specifier) ? null : `${file}: may not import ${specifier}`
}

const subgraphOf = (file: string): string | null => /^subgraphs\/([^/]+)\//.exec(file)?.[1] ?? null

/** A domain file may take row types from tables.ts, never values (style: values flow outward). */
export function brokenKnot(file: string, text: string): string | null {
  if (!/^subgraphs\/[^/]+\/domain\//.test(file) || file.endsWith('.test.ts')) return null
  const value = /^import (?!type )[^;'"]*from '\.\.\/(tables|store|events|resolvers)\.ts'/m
  return value.test(text) ? `${file}: a decision imports a value from the edge` : null
}

interface Ban {
  readonly name: string
  readonly pattern: RegExp
  readonly except: RegExp
}

/** Constructs that have no place outside the named files. Matched on code without strings. */
const bans: readonly Ban[] = [
  { name: 'throw new Error', pattern: /throw new (Type|Range|Syntax)?Error\(/, except: /^$/ },
  {
    name: 'console',
    pattern: /\bconsole\./,
    except: /^(deploy\/(sez\.ts|cli\/)|shared\/client\/examples\/)/,
  },
  {
    name: 'process.exit',
    pattern: /\bprocess\.exit\b/,
    except: /^(deploy\/sez\.ts|shared\/client\/examples\/)/,
  },
  {
    name: 'a clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    except: /^(shared\/platform\/|shared\/core\/timestamp\.ts|deploy\/(cli|sez)|shared\/client\/)/,
  },
  {
    name: 'a hash',
    pattern: /\bcreateHash\(|\bcreateHmac\(|\bsha256\(/,
    except: /^shared\/core\/(digest|canonical|ed25519|mmr|self-test|hmac)\.ts$/,
  },
  {
    name: 'a non-null assertion',
    // A variable of a GraphQL document, such as `$id: ID!`, only looks like one.
    pattern: /(?<!\$\w+: \[?\w*)[\w)\]]!(?=[.;,)\]\s[])(?!==?)/,
    except: /^$/,
  },
  { name: 'any', pattern: /(:|\bas|<|\|)\s*any\b/, except: /^$/ },
  {
    name: 'a cast to a branded value',
    pattern:
      /\bas (EntityId|OfficerId|EventId|CorridorId|ZoneId|JurisdictionId|Uuid|Digest|Did|CanonicalBytes|Timestamp)\b/,
    except: /^shared\/core\//,
  },
]

/** The banned constructs in one file, by name. */
export function banned(file: string, text: string): string[] {
  const code = codeOf(text)
  return bans
    .filter((ban) => !ban.except.test(file) && ban.pattern.test(code))
    .map((ban) => `${file}: ${ban.name}`)
}

/** Secrets are compared by core's constant-time function, never by an operator. */
export function comparedSecret(file: string, text: string): string | null {
  const operator =
    /\b\w*(secret|password|signature|hmac|mac)\w*\s*[!=]==?\s*(?!undefined|null|'|")\w/i
  const typed = /typeof \w+ [!=]==/
  const found = codeOf(text)
    .split('\n')
    .find((line) => operator.test(line) && !typed.test(line) && !/\.length\b/.test(line))
  return found === undefined ? null : `${file}: compares a secret: ${found.trim()}`
}

const linesMax = 400
/** One table on purpose, however long: codes are looked up, not read. */
const theTable = 'shared/core/errors.ts'

/** Offences against the shape of a file: its name, its docstring, its size. */
export function misshapen(file: string, text: string): string[] {
  const found: string[] = []
  const name = file.split('/').at(-1) ?? ''
  if (/^(utils?|helpers?|common|misc|types|index|constants)\.ts$/.test(name)) {
    found.push(`${file}: a grab bag`)
  }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|fixture|bench|config))*\.ts$/.test(name)) {
    found.push(`${file}: a name that is not a kebab-case noun`)
  }
  if (!file.endsWith('.test.ts') && !/^(#!.*\n)?\/\*\*[\s\S]*?@module/.test(text)) {
    found.push(`${file}: no module docstring`)
  }
  const lines = text.split('\n')
  if (lines.length > linesMax + 1 && !file.endsWith('.test.ts') && file !== theTable) {
    found.push(`${file}: ${lines.length} lines`)
  }
  return found
}

interface Exported {
  readonly name: string
  readonly documented: boolean
  readonly docs: string
  readonly body: string
}

/** The exported functions, values and classes of a file, with the docstring that stands before each. */
export function exportsOf(text: string): Exported[] {
  const pattern =
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export (?:async )?(?:function\*?|const|class) (\w+)/gm
  const found = [...text.matchAll(pattern)]
  return found.map((match, at) => ({
    name: match[2] ?? '',
    documented: match[1] !== undefined && !match[1].includes('@module'),
    docs: match[1] ?? '',
    body: text.slice(match.index + match[0].length, found[at + 1]?.index ?? text.length),
  }))
}

/** Exports of a pure room that lack a docstring, or throw a code their docstring does not name. */
export function undocumented(file: string, text: string): string[] {
  return exportsOf(text).flatMap((entry) => {
    if (!entry.documented) return [`${file}: ${entry.name} has no docstring`]
    const end = entry.body.search(/^}/m)
    const own = end < 0 ? entry.body : entry.body.slice(0, end)
    const codes = [...own.matchAll(/new SezError\(\s*'([A-Z_]+)'/g)].map((match) => match[1] ?? '')
    return [...new Set(codes)]
      .filter((code) => !entry.docs.includes(code))
      .map((code) => `${file}: ${entry.name} throws ${code}, its docstring does not say so`)
  })
}

export const isPure = (file: string): boolean =>
  /^shared\/(core|law)\/|^subgraphs\/[^/]+\/domain\//.test(file)

export { importsOf }
