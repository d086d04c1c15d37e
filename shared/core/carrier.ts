/** Where the zone log stands in NATS JetStream: streams and subjects (spec/29-carrier.md §1). @module */
import type { ZoneId } from './ids.ts'

/** The two JetStream streams of a zone: the entries of its log, and its signed checkpoints. */
export function carrierStreams(zoneId: ZoneId): {
  readonly entries: string
  readonly checkpoints: string
} {
  const zone = tokenOf(zoneId)
  return { entries: `sez-log-${zone}`, checkpoints: `sez-checkpoint-${zone}` }
}

/**
 * The subject of the entries of one stream such as `corridor/<id>`, or (null) a filter that takes
 * those of all streams.
 */
export function entrySubject(zoneId: ZoneId, stream: string | null): string {
  return `sez.${tokenOf(zoneId)}.log.${stream === null ? '>' : tokenOf(stream).replace('/', '.')}`
}

/** The subject of the zone's signed checkpoints. */
export function checkpointSubject(zoneId: ZoneId): string {
  return `sez.${tokenOf(zoneId)}.checkpoint`
}

/** Dots divide subjects; neither zone ids nor streams hold the equals sign, so no two become one. */
function tokenOf(text: string): string {
  return text.replaceAll('.', '=')
}
