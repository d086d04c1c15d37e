/** The two ways to write a stream of answers into one HTTP answer, and which one a client reads. @module */
import { type Answer, answerText } from '../plan/json-data.ts'

export interface StreamForm {
  readonly name: 'sse' | 'multipart'
  readonly contentType: string
  /** Written while nothing happens. */
  readonly ping: string
  /** What comes before the first answer. */
  readonly start: string
  next(answer: Answer): string
  readonly end: string
}

/** Server-sent events as the graphql-sse protocol has them, in its distinct-connections mode. */
export const sse: StreamForm = {
  name: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  ping: ':\n\n',
  start: ':\n\n',
  next: (answer) => sseEvent('next', answerText(answer)),
  end: sseEvent('complete', ''),
}

/** The text of one event. JSON holds no line feed, so one data line is enough. */
export function sseEvent(event: 'next' | 'complete', data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}

const partHead = '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n'

/** Apollo's multipart subscription protocol 1.0. */
export const multipart: StreamForm = {
  name: 'multipart',
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
  ping: `${partHead}{}`,
  start: '',
  // An answer without data is a refusal of the whole, which that protocol writes beside the payload.
  next: (answer) =>
    answer.data === undefined
      ? `${partHead}{"payload":null,"errors":${JSON.stringify(answer.errors ?? [])}}`
      : `${partHead}{"payload":${answerText(answer)}}`,
  end: '\r\n--graphql--\r\n',
}

/** The form that `accept` asks for by name; null when it names none. */
export function streamForm(accept: string | undefined): StreamForm | null {
  for (const part of (accept ?? '').toLowerCase().split(',', acceptedMax)) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim())
    if (type === 'text/event-stream') return sse
    const isSubscription = parameters.some((each) => /^subscriptionspec="?1\.0"?$/u.test(each))
    if (type === 'multipart/mixed' && isSubscription) return multipart
  }
  return null
}

const acceptedMax = 50
