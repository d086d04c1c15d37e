import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from './folder.ts'

test('makes what is missing, and leaves what is there', () => {
  const home = mkdtempSync(join(tmpdir(), 'folder-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const path = join(home, 'a', 'b')
  makeFolder(path)
  makeFolder(path)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('throws where nothing can be made, and at once', () => {
  const home = mkdtempSync(join(tmpdir(), 'folder-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  writeFileSync(join(home, 'file'), '')
  expect(() => makeFolder(join(home, 'file', 'below'))).toThrow('ENOTDIR')
})

test.skipIf(process.platform !== 'linux')('does not turn for ever under /proc', () => {
  expect(() => makeFolder('/proc/nothing/here')).toThrow('ENOENT')
})
