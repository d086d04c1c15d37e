/** `sez archive`: takes the front of the zone log off into files that prove themselves. @module */
import { mkdirSync } from 'node:fs'
import { SezError } from '@sez/core/errors'
import { answer, argumentsInvalid, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'

export const archive = defineCommand({
  options: {
    to: { value: 'FOLDER', required: true, about: 'the folder of the files' },
    before: { value: 'POSITION', about: 'only entries before this one' },
    keep: { value: 'ENTRIES', about: 'so many of the newest entries stay' },
    plain: { about: 'write the files uncompressed' },
    'dry-run': { about: 'say what may go, and take nothing' },
  },
  examples: [
    'DATABASE_URL=postgres://zone@db.example/zone sez archive --to /archives --keep 5000000',
    'sez archive --to /archives --before 2097153 --dry-run',
  ],
  notes: 'Whole partitions of 1,048,576 entries go, by the login of sez migrate; the zone may run.',
  async run({ options }, io) {
    const wanted = wantedOf(options)
    // Loaded here only: the offline commands start without the database's libraries.
    const [{ planArchive, archivePart }, { withZoneDatabase }] = await Promise.all([
      import('@sez/platform/archive'),
      import('./zone-database.ts'),
    ])
    return withZoneDatabase(io, 'sez archive', async (database) => {
      const parts = await planArchive(database, wanted)
      const last = parts.at(-1)
      if (last === undefined) answer(io, { archived: [] }, 'No whole partition may go yet.')
      else answer(io, { parts }, `Entries up to ${last.to} may go, in ${parts.length} files.`)
      if (options['dry-run']) return exitCodes.valid
      makeFolder(options.to)
      for (const part of parts) {
        const archived = await archivePart(database, part, {
          folder: options.to,
          isCompressed: !options.plain,
          onProgress: ({ from, to }, step) => io.err(`${from} to ${to}: ${step}`),
        })
        const { from, to, file, digest } = archived
        const text = `${from} to ${to} are in ${file}, SHA-256 of its lines ${digest}.`
        answer(io, { archived }, text)
      }
      return exitCodes.valid
    })
  },
})

function wantedOf(options: { readonly before: string | null; readonly keep: string | null }) {
  const { before, keep } = options
  if ((before === null) === (keep === null)) {
    throw argumentsInvalid('say either --before POSITION or --keep ENTRIES')
  }
  return before === null
    ? { keep: countOf(keep, '--keep') }
    : { before: countOf(before, '--before') }
}

function countOf(text: string | null, option: string): bigint {
  if (text !== null && /^\d{1,18}$/u.test(text)) return BigInt(text)
  throw argumentsInvalid(`${option} is a whole number`)
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new SezError('FILE_UNREADABLE', { path: folder }, { cause })
  }
}
