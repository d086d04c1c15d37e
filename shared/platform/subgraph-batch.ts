/** The lines of a batch: `["<assertion>",<request>]`, each valid JSON (spec/27-subgraph-http.md §4). @module */
import { SezError } from '@sez/core/errors'

export interface BatchLine {
  /** Undefined where the line has no form of one. */
  readonly assertion: string | undefined
  /** The exact bytes of the request within the line. */
  readonly bytes: Uint8Array
}

const lineFeed = 0x0a
const quote = 0x22
const comma = 0x2c
const open = 0x5b
const close = 0x5d
const headBytes = 2

/** The bytes of one line, without its line feed. */
export function batchLine(assertion: string, request: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`["${assertion}",`), request, Buffer.of(close)])
}

/**
 * Splits a batch. The bytes between assertion and closing bracket are taken as they are, so what is
 * hashed and what is parsed are the same; an assertion holds no quote, so the first one ends it.
 *
 * @throws {SezError} `REQUEST_INVALID` for a batch without lines, `BATCH_TOO_LARGE`.
 */
export function batchLines(body: Buffer, max: number): readonly BatchLine[] {
  const lines: BatchLine[] = []
  for (let from = 0; from < body.length; ) {
    const found = body.indexOf(lineFeed, from)
    const to = found === -1 ? body.length : found
    if (lines.length === max) throw new SezError('BATCH_TOO_LARGE', { max })
    lines.push(lineOf(body.subarray(from, to)))
    from = to + 1
  }
  if (lines.length === 0) throw new SezError('REQUEST_INVALID', { field: 'body' })
  return lines
}

function lineOf(line: Buffer): BatchLine {
  const end = line.indexOf(quote, headBytes)
  const isWhole =
    line[0] === open &&
    line[1] === quote &&
    end !== -1 &&
    line[end + 1] === comma &&
    line[line.length - 1] === close
  if (!isWhole) return { assertion: undefined, bytes: line }
  return {
    assertion: line.toString('latin1', headBytes, end),
    bytes: line.subarray(end + 2, line.length - 1),
  }
}
