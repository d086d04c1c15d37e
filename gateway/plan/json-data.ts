/** Response data that is already JSON text, carried through code which expects an object. @module */
import type { AnswerError } from './answer-error.ts'

/** Finished data. Whoever serialises the answer concatenates `text`; others see it parsed. */
export class JsonData {
  readonly text: string

  constructor(text: string) {
    // Text made by concatenation is a tree of thousands of pieces that would survive several garbage
    // collections while the answer waits; reading one character flattens it at once.
    text.charCodeAt(text.length - 1)
    this.text = text
  }

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

/** One finished answer of an operation, or of one event of a subscription. */
export interface Answer {
  readonly errors?: readonly AnswerError[]
  /** Absent when the request was refused before execution. */
  readonly data?: JsonData | null
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** The answer as JSON text, without parsing or serialising the data a second time. */
export function answerText(answer: Answer): string {
  const parts: string[] = []
  if (answer.errors !== undefined && answer.errors.length > 0) {
    parts.push(`"errors":${JSON.stringify(answer.errors)}`)
  }
  if (answer.data !== undefined)
    parts.push(`"data":${answer.data === null ? 'null' : answer.data.text}`)
  if (answer.extensions !== undefined)
    parts.push(`"extensions":${JSON.stringify(answer.extensions)}`)
  return `{${parts.join(',')}}`
}
