/** The rows behind this subgraph's types are the zone log's own. @module */
import type { LogCheckpoint, LogEntry } from '@sez/platform/zone-log'

export type LogEntryRow = LogEntry
export type LogCheckpointRow = LogCheckpoint
