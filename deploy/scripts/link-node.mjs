// npm 10 drops the .bin/node link when several optional platform packages declare the same bin: put it back.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
const modules = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules')
const win = process.platform === 'win32'
const exe = join(
  modules,
  `node-${win ? 'win' : process.platform}-${process.arch}`,
  'bin',
  win ? 'node.exe' : 'node',
)
const bin = join(modules, '.bin')
const link = join(bin, win ? 'node.cmd' : 'node')
if (existsSync(exe) && !existsSync(link)) {
  mkdirSync(bin, { recursive: true })
  if (win) writeFileSync(link, `@"%~dp0\\${relative(bin, exe)}" %*\r\n`)
  else symlinkSync(relative(bin, exe), link)
}
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (!existsSync(exe) && !(major > 22 || (major === 22 && minor >= 18))) {
  console.error(
    `This machine's Node ${process.versions.node} cannot run TypeScript and no Node 24 package fits it: install Node 24.`,
  )
  process.exitCode = 1
}
