/** Which of the two media types of GraphQL over HTTP an answer takes, and its status. @module */
import { type ErrorCode, errorCodes, SezError } from '@sez/core/errors'
import type { Answer } from '../plan/json-data.ts'

export type AnswerType = 'application/graphql-response+json' | 'application/json'

const answerTypes: readonly string[] = ['application/graphql-response+json', 'application/json']
const wildcards: ReadonlySet<string> = new Set(['*/*', 'application/*'])
const acceptedMax = 50

/**
 * The type the client likes best; plain JSON where it has no opinion, as older clients expect.
 *
 * @throws {SezError} `NOT_ACCEPTABLE` when it wants neither.
 */
export function answerType(accept: string | undefined): AnswerType {
  if (accept === undefined || accept.trim() === '') return 'application/json'
  let best: { type: AnswerType; quality: number } | undefined
  for (const part of accept.split(',', acceptedMax)) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const type = wildcards.has(name) ? 'application/json' : name
    if (!isAnswerType(type)) continue
    const quality = qualityOf(parameters)
    if (quality > 0 && (best === undefined || quality > best.quality)) best = { type, quality }
  }
  if (best === undefined) throw new SezError('NOT_ACCEPTABLE')
  return best.type
}

function isAnswerType(type: string): type is AnswerType {
  return answerTypes.includes(type)
}

function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))
  if (text === undefined) return 1
  const quality = Number(text.slice('q='.length))
  return quality >= 0 && quality <= 1 ? quality : 0
}

/** A well-formed request whose operation is at fault: `application/json` clients expect 200 then. */
const operationFaults: ReadonlySet<string> = new Set<ErrorCode>([
  'GRAPHQL_INVALID',
  'OPERATION_UNKNOWN',
  'VALIDATION_ERROR',
])

/** 200 where execution began; before that, what the first error's code says. */
export function statusOf(answer: Answer, type: AnswerType): number {
  if (answer.data !== undefined) return 200
  const code = answer.errors?.[0]?.extensions?.['code']
  if (typeof code !== 'string' || !Object.hasOwn(errorCodes, code)) return 400
  if (type === 'application/json' && operationFaults.has(code)) return 200
  // Narrowed by the line above: the table has this code.
  return errorCodes[code as ErrorCode].http
}
