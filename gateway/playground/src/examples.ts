/** The worked examples a zone offers, and the tabs they become. @module */
import { anonymousRole, roleFacts } from './roles.ts'

export interface Example {
  readonly title: string
  readonly query: string
  readonly variables: string | null
  readonly role: string
}

/** Shown when the zone serves no examples. */
const fallback: readonly Example[] = [
  {
    title: 'Ask any zone for its query fields',
    query:
      'query Fields {\n  __schema {\n    queryType {\n      fields {\n        name\n      }\n    }\n  }\n}\n',
    variables: null,
    role: anonymousRole,
  },
]

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/**
 * The examples of `/playground/examples.json`; entries of another shape are left out, and with
 * none left the one example that every GraphQL server answers is given.
 */
export function parseExamples(body: unknown): readonly Example[] {
  const examples = Array.isArray(body) ? body.flatMap(parseExample) : []
  return examples.length === 0 ? fallback : examples
}

function parseExample(entry: unknown): readonly Example[] {
  if (!isRecord(entry)) return []
  const { title, query, variables, role } = entry
  if (typeof title !== 'string' || typeof query !== 'string') return []
  const known = roleFacts.some(({ name }) => name === role)
  return [
    {
      title,
      query: headed(title, query),
      variables: variablesText(variables),
      role: known && typeof role === 'string' ? role : anonymousRole,
    },
  ]
}

/** The title as a comment on top, because a tab's own label is its operation name. */
function headed(title: string, query: string): string {
  const [text, head] = [query.trim(), `# ${title}`]
  return text.startsWith(head) ? `${text}\n` : `${head}\n${text}\n`
}

function variablesText(variables: unknown): string | null {
  if (typeof variables === 'string') return variables
  return isRecord(variables) && Object.keys(variables).length > 0
    ? JSON.stringify(variables, null, 2)
    : null
}

/** The role of the example that a tab was opened from, by operation name, else null. */
export function exampleRole(
  examples: readonly Example[],
  operationName: string | null,
): string | null {
  if (operationName === null) return null
  const found = examples.find(({ query }) => operationNameOf(query) === operationName)
  return found?.role ?? null
}

/** The first operation name in a document, as GraphiQL labels a tab. */
function operationNameOf(query: string): string | null {
  return /^(?!#).*?\b(?:query|mutation|subscription)\s+(\w+)/m.exec(query)?.[1] ?? null
}

/** Names one set of examples, so that a browser drops its saved tabs when the zone's set changes. */
export function examplesName(examples: readonly Example[]): string {
  let sum = 0
  for (const character of JSON.stringify(examples)) {
    sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) | 0
  }
  return (sum >>> 0).toString(36)
}
