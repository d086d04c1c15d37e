/** Column kinds every schema shares: digests, ordered text, instants. @module */
import { bytesToHex, type Digest, hexToBytes, parseDigest } from '@sez/core/digest'
import { customType, timestamp } from 'drizzle-orm/pg-core'

/** A SHA-256 digest: 32 bytes in SQL, 64 lower hex digits here. */
export const digestColumn = customType<{ data: Digest; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  toDriver: (digest) => Buffer.from(hexToBytes(digest)),
  fromDriver: (bytes) => parseDigest(bytesToHex(bytes)),
})

/** Text that sorts by code point on every machine, so that pages and locks keep one order. */
export const orderedText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

/** A UTC instant in milliseconds: what a `Date` holds, so that keyset pages lose no digit. */
export function instantColumn(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
}
