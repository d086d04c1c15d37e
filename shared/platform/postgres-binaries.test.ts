/** The binaries: found or refused, linked, and copied to where their user can run them. @module */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkSharedFolder, defaultDataDir } from './data-dir.ts'
import {
  closedFolder,
  findBinaries,
  linkLibraries,
  reachableBinaries,
  serverUserOf,
} from './postgres-binaries.ts'

const stranger = { uid: 54_321, gid: 54_321, name: 'stranger' }
const someUser = expect.objectContaining({
  uid: expect.any(Number),
  name: expect.stringMatching(/\w/u),
})
const isRoot = process.getuid?.() === 0

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sez-binaries-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('this platform has a server and an initdb', () => {
  const { folder, version } = findBinaries()
  expect(version).toMatch(/^18\./u)
  expect(existsSync(join(folder, 'bin', 'postgres'))).toBe(true)
  expect(existsSync(join(folder, 'bin', 'initdb'))).toBe(true)
})

test('PLATFORM_UNSUPPORTED names DATABASE_URL as the way out', () => {
  expect(() => findBinaries('sunos', 'x64')).toThrow(
    expect.objectContaining({
      code: 'PLATFORM_UNSUPPORTED',
      message: expect.stringMatching(/sunos-x64.*DATABASE_URL/u),
    }),
  )
})

test('links that the install script did not make are made, twice as well as once', () => {
  const native = join(folder, 'native')
  mkdirSync(native)
  writeFileSync(join(native, 'libx.so.1.2'), 'library')
  const links = [{ source: 'native/libx.so.1.2', target: 'native/libx.so.1' }]
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  linkLibraries(folder, native)
  linkLibraries(folder, native)
  expect(lstatSync(join(native, 'libx.so.1')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(native, 'libx.so.1'), 'utf8')).toBe('library')
})

test('binaries in a closed folder are copied once to where their user reaches them', () => {
  const closed = join(folder, 'closed')
  mkdirSync(join(closed, 'native', 'bin'), { recursive: true })
  writeFileSync(join(closed, 'native', 'bin', 'postgres'), 'program')
  chmodSync(closed, 0o700)
  const binaries = { folder: join(closed, 'native'), version: '18.0' }
  expect(closedFolder(binaries.folder, stranger)).toBe(closed)
  const copies = [1, 2].map(() => reachableBinaries(binaries, folder, stranger))
  expect(new Set(copies.map((copy) => copy.folder)).size).toBe(1)
  expect(readFileSync(join(copies[0]?.folder ?? '', 'bin', 'postgres'), 'utf8')).toBe('program')
  expect(closedFolder(copies[0]?.folder ?? '', stranger)).toBeNull()
  expect(readdirSync(folder).sort()).toEqual(['closed', 'postgres-18.0'])
})

test('binaries their user reaches stay where they are', () => {
  const binaries = { folder: join(folder, 'native'), version: '18.0' }
  expect(reachableBinaries(binaries, folder, stranger)).toBe(binaries)
  expect(reachableBinaries(binaries, folder, null)).toBe(binaries)
})

test('a server runs as this user, or for root as somebody else', () => {
  const data = join(folder, 'data')
  mkdirSync(data)
  for (const place of [join(folder, 'absent'), data]) {
    expect(serverUserOf(place)).toEqual(isRoot ? someUser : null)
  }
})

test('the default data folder is .sez where the server can reach it', () => {
  expect(defaultDataDir(folder)).toBe(join(folder, '.sez'))
})

test('root in a closed home gets a data folder of its own in /var/tmp', () => {
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  const expected = isRoot ? /^\/var\/tmp\/sez-[0-9a-f]{16}$/u : /\/home\/\.sez$/u
  expect(defaultDataDir(home)).toMatch(expected)
  expect(defaultDataDir(home)).toBe(defaultDataDir(home))
})

test('a data folder in /var/tmp that somebody else made is not trusted', () => {
  const stolen = join(folder, 'stolen')
  writeFileSync(stolen, 'not a folder')
  const refused = expect.objectContaining({ code: 'DATA_DIR_UNWRITABLE' })
  expect(() => checkSharedFolder(stolen)).toThrow(refused)
  expect(() => checkSharedFolder(join(folder, 'absent'))).not.toThrow()
})
