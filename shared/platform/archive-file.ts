/**
 * Files of a zone log: lines, written whole or not at all, and read with a digest of all of them
 * (spec/20-events.md §10).
 *
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { type Digest, openDigest, type RunningDigest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'

/** An event of 64 KiB, every character of it escaped, with the rest of its row. */
const lineBytesMax = 1 << 20
const chunkCharacters = 1 << 18
const gzipMagic = [0x1f, 0x8b] as const

/**
 * Writes lines beside their place, to disk, and moves them there. Answers the SHA-256 of the lines
 * with their line feeds, which compressing them does not change.
 *
 * @param file `check` is asked about the written file before it gets its name; what it throws is
 *   thrown, and nothing is left.
 */
export async function writeLines(
  file: { readonly path: string; readonly isCompressed: boolean },
  lines: AsyncIterable<string>,
  check: (draft: string, digest: Digest) => Promise<void>,
): Promise<void> {
  const draft = `${file.path}.part`
  const digest = openDigest()
  const source = Readable.from(chunksOf(lines, digest))
  // `flush` waits until the bytes are on disk, not only with the system.
  const target = createWriteStream(draft, { mode: 0o600, flush: true })
  try {
    if (file.isCompressed) await pipeline(source, createGzip(), target)
    else await pipeline(source, target)
    await check(draft, digest.end())
    await rename(draft, file.path)
    await syncFolder(dirname(file.path))
  } catch (error) {
    await unlink(draft).catch(() => null)
    throw error
  }
}

async function* chunksOf(
  lines: AsyncIterable<string>,
  digest: RunningDigest,
): AsyncGenerator<Buffer> {
  let text = ''
  for await (const line of lines) {
    text += `${line}\n`
    if (text.length < chunkCharacters) continue
    const chunk = Buffer.from(text, 'utf8')
    digest.add(chunk)
    yield chunk
    text = ''
  }
  const rest = Buffer.from(text, 'utf8')
  digest.add(rest)
  yield rest
}

/** A file that was renamed is found again after a power cut only when its folder is on disk too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The lines of a file, compressed or not, without empty ones; `digest` is added to as they come.
 *
 * @throws {SezError} `FILE_UNREADABLE`, also for a broken compression; `NOT_CANONICAL` for bytes that
 *   are no UTF-8 or a line of more than a mebibyte.
 */
export async function* readLines(path: string, digest: RunningDigest): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  try {
    for await (const chunk of await openBytes(path)) {
      digest.add(chunk)
      text += decoder.decode(chunk, { stream: true })
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      if (text.length > lineBytesMax) throw noLines(path)
      yield* lines.filter((line) => line !== '')
    }
    text += decoder.decode()
    if (text !== '') yield text
  } catch (cause) {
    if (cause instanceof TypeError) throw noLines(path, cause)
    if (isOfFile(cause)) throw new SezError('FILE_UNREADABLE', { path }, { cause })
    throw cause
  }
}

function noLines(file: string, cause?: unknown): SezError {
  return new SezError('NOT_CANONICAL', { path: '$', file, reason: 'not lines of UTF-8' }, { cause })
}

async function openBytes(path: string): Promise<AsyncIterable<Uint8Array>> {
  const mustUnpack = await isCompressed(path)
  const file = createReadStream(path, { highWaterMark: chunkCharacters })
  if (!mustUnpack) return file
  const unpacked = createGunzip()
  // A failure of either ends the other, and whoever reads is told.
  pipeline(file, unpacked).catch(() => null)
  return unpacked
}

async function isCompressed(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && gzipMagic.every((byte, at) => buffer[at] === byte)
  } finally {
    await handle.close()
  }
}

/** Whether an error is the file system's or the decompression's own. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && !(error instanceof SezError)
}
