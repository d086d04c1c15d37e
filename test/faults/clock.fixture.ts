/** Loaded before a process of the zone: shifts its clock by what a file says, in milliseconds. @module */
import { readFileSync } from 'node:fs'

const file = process.env['SEZ_TEST_CLOCK_FILE']
const SystemDate = Date

/** Read each time, so that the clock jumps when the file does. */
function shiftMs(): number {
  try {
    return file === undefined ? 0 : Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

globalThis.Date = new Proxy(SystemDate, {
  construct: (target, values: [], self) =>
    values.length === 0
      ? Reflect.construct(target, [SystemDate.now() + shiftMs()], self)
      : Reflect.construct(target, values, self),
  apply: () => new SystemDate(SystemDate.now() + shiftMs()).toString(),
  get: (target, key) =>
    key === 'now' ? () => SystemDate.now() + shiftMs() : Reflect.get(target, key),
})
