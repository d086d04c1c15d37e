/** The rows of an export, and the verdict on them. @module */
import { verifyCorridorLog } from '@sez/client/verification'
import { verifyZoneLog } from '@sez/client/zone-log'
import { parseDocument } from '@sez/client/corridor-event'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/**
 * Rows of an export: one JSON value on each line, a list, or the API's answer to `corridorEventLog`
 * or `logEntries`. A line that is no JSON becomes null, and so the first broken row.
 */
export function readRows(text: string): readonly unknown[] {
  const whole = parseOrNull(text)
  if (Array.isArray(whole)) return whole
  const page = isFields(whole) ? pageOf(whole) : null
  if (page !== null) return page
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => parseOrNull(line))
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function pageOf({ data }: Fields): readonly unknown[] | null {
  const pages = isFields(data) ? Object.values(data) : []
  const nodes = pages.map((page) => (isFields(page) ? page['nodes'] : null))
  return nodes.find((value) => Array.isArray(value)) ?? null
}

/** The verdict on rows of a corridor's history, or else on entries of a zone's log. */
export function verifyRows(
  rows: readonly unknown[],
  trusted: {
    readonly zoneDid: string | null
    readonly corridorId: string | null
    readonly signers: readonly string[] | null
  },
): { readonly valid: boolean; readonly of: string } & Readonly<Record<string, unknown>> {
  const zone = trusted.zoneDid === null ? {} : { zoneDid: trusted.zoneDid }
  const corridorId = trusted.corridorId ?? corridorOf(rows)
  if (corridorId === null) return { of: 'zone log', ...verifyZoneLog(rows, zone) }
  const signers = trusted.signers === null ? {} : { signers: trusted.signers }
  const { state, ...verdict } = verifyCorridorLog(rows, { corridorId, ...zone, ...signers })
  const { cursor, streamSequence, chain, checkpointCount, zoneDid } = state
  return {
    of: 'corridor history',
    ...verdict,
    corridorId,
    cursor,
    streamSequence,
    zoneDid,
    checkpointCount,
    receiptCount: chain?.receiptCount ?? 0,
    head: chain?.nextRoot ?? null,
  }
}

/** Which corridor the rows are of, by the stream of the first event; null for other rows. */
function corridorOf(rows: readonly unknown[]): string | null {
  for (const row of rows) {
    if (!isFields(row) || typeof row['kind'] !== 'string') continue
    const event = typeof row['document'] === 'string' ? parseDocument(row['document']) : null
    const stream = event?.['stream']
    if (typeof stream === 'string' && stream.startsWith('corridor/')) {
      return stream.slice('corridor/'.length)
    }
  }
  return null
}
