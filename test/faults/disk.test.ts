/**
 * The disk under the data folder is full: who writes gets a code that says so and may repeat, who
 * reads is answered as long as Postgres lives, readiness tells, and room is all it takes to go on.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { invariant } from '@sez/core/invariant'
import { openTestDatabase, until } from '@sez/platform/database.fixture'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { askZone, openWorkplace, type Workplace, type ZoneRun } from '../process.fixture.ts'
import { companyInput, readinessOf, recovers } from './watching.fixture.ts'

const timeoutMs = 240_000
const zoneDiskMb = 224

/** A file system of its own at a folder of `place`; null where only root may mount one. */
function mount(place: Workplace, name: string, sizeMb: number): string | null {
  const folder = join(place.folder, name)
  mkdirSync(folder)
  try {
    const options = `size=${sizeMb}m,mode=755`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { stdio: 'ignore' })
    return folder
  } catch {
    return null
  }
}

const unmount = (folder: string): void => void execFileSync('umount', ['--lazy', folder])

/** Takes all room but so many MiB. */
function fill(folder: string, leftMb = 0): void {
  const { bavail, bsize } = statfsSync(folder)
  const file = join(folder, `filler-${leftMb}`)
  const piece = Buffer.alloc(64 * 1_024)
  let bytes = bavail * bsize - leftMb * 1_024 * 1_024
  try {
    for (; bytes > 0; bytes -= piece.length) {
      writeFileSync(file, piece.subarray(0, bytes), { flag: 'a' })
    }
    if (leftMb === 0) for (;;) writeFileSync(file, piece.subarray(0, 512), { flag: 'a' })
  } catch (error) {
    invariant(Object(error).code === 'ENOSPC', String(error))
  }
}

function free(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('filler-')) rmSync(join(folder, name))
  }
}

/** In CI there must be one; elsewhere whoever is not root hears why nothing is tested. */
const probing = openWorkplace()
const probe = mount(probing, 'probe', 1)
if (probe !== null) unmount(probe)
await probing[Symbol.asyncDispose]()
const isRequired = process.env['CI'] === 'true'
if (probe === null)
  process.stderr.write('skipped: a full disk, since no tmpfs can be mounted here\n')

describe.skipIf(probe === null && !isRequired)('a full disk', () => {
  let place: Workplace
  beforeAll(() => {
    place = openWorkplace()
  })
  afterAll(() => place[Symbol.asyncDispose]())

  const required = (folder: string | null): string => {
    if (folder === null) expect.unreachable('CI may mount a tmpfs')
    return folder
  }

  describe('under a running zone', () => {
    let disk = ''
    let zone: ZoneRun
    const founded: string[] = []
    beforeAll(async () => {
      disk = required(mount(place, 'zone', zoneDiskMb))
      zone = await place.zone({ SEZ_DATA_DIR: disk })
      invariant((await found()).length === 0, 'the first company is founded')
    }, timeoutMs)
    afterAll(async () => {
      zone.kill('SIGINT')
      await zone.ended
      unmount(disk)
    })

    const document = `mutation ($input: CreateEntityInput!) {
      createEntity(input: $input) { entity { id } } }`

    /** Founds a company; the codes of a refusal, none when it was acknowledged. */
    async function found(): Promise<readonly string[]> {
      const variables = { input: companyInput() }
      const { data, codes } = await askZone(zone.url, document, { variables, role: 'CITIZEN' })
      if (codes.length === 0) founded.push(Object(data).createEntity.entity.id)
      return codes
    }

    const isKnown = async (id: string): Promise<boolean> => {
      const query = 'query ($id: ID!) { entity(id: $id) { id } }'
      const options = { variables: { id }, role: 'CITIZEN' }
      return Object((await askZone(zone.url, query, options)).data).entity?.id === id
    }

    test(
      'writers get a code, readers their answer, operators a reason',
      async () => {
        fill(disk)
        const codes = new Set<string>()
        await until(
          'there is no more room for what is written',
          async () => {
            for (const code of await found()) codes.add(code)
            return codes.size > 0
          },
          60_000,
        )
        expect([...codes]).toEqual(['STORAGE_FULL'])
        const { status, reasons } = await readinessOf(zone.url)
        expect(status).toBe(503)
        expect(reasons['disk']).toBe('NOT_READY: 0 MiB are left in the data folder')
        expect((await fetch(`${zone.url}/health/live`)).status).toBe(200)
        expect(await isKnown(founded[0] ?? '')).toBe(true)
      },
      timeoutMs,
    )

    test(
      'with room again it goes on by itself, and nothing acknowledged is missing',
      async () => {
        free(disk)
        await recovers(zone.url)
        expect(await found()).toEqual([])
        for (const id of founded) expect(await isKnown(id)).toBe(true)
        const verdict = place.sez(['verify', 'zone'], { SEZ_DATA_DIR: disk })
        expect(await verdict.ended).toEqual({ code: 0, signal: null })
      },
      timeoutMs,
    )

    test(
      'so full that Postgres itself dies, it comes back with its room',
      async () => {
        fill(disk)
        const { pid } = zone
        process.kill(postmasterOf(disk), 'SIGKILL')
        await until(
          'nobody is served',
          async () => (await readinessOf(zone.url)).reasons['postgres'] !== undefined,
        )
        const { status } = await readinessOf(zone.url)
        expect(status).toBe(503)
        free(disk)
        await recovers(zone.url)
        expect(zone.pid).toBe(pid)
        expect(await found()).toEqual([])
        for (const id of founded) expect(await isKnown(id)).toBe(true)
      },
      timeoutMs,
    )

    const postmasterOf = (folder: string): number =>
      Number(
        execFileSync('head', ['-n', '1', join(folder, 'postgres/data/postmaster.pid')]).toString(),
      )
  })

  test(
    'at the start: one sentence that names the file, and no half-written key is left',
    async () => {
      const disk = required(mount(place, 'keys', 1))
      onTestFinished(() => unmount(disk))
      await using database = await openTestDatabase()
      fill(disk)
      const env = { SEZ_DATA_DIR: disk, DATABASE_URL: database.url }
      const run = place.sez(['zone'], env)
      expect(await run.ended).toEqual({ code: 2, signal: null })
      expect(run.complained() + run.said()).toMatch(
        /The key file \S+ cannot be written: the disk is full\. Make room, start again\./u,
      )
      expect(readdirSync(disk).filter((name) => !name.startsWith('filler-'))).toEqual([])
      free(disk)
      const zone = await place.zone(env)
      expect((await readinessOf(zone.url)).word).toBe('ready')
      zone.kill('SIGINT')
      expect(await zone.ended).toMatchObject({ code: 0 })
    },
    timeoutMs,
  )
})
