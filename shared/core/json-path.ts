/** Where in a document something is wrong, and the error that says so. @module */
import { SezError } from './errors.ts'
import { quote } from './intrinsics.ts'

/** The way from the root: a key for each object entered, an index for each array. */
export type JsonPath = readonly (string | number)[]

const plainKey = /^[A-Za-z_][A-Za-z0-9_]*$/
const keyLengthShown = 64

/** A path as text, such as `$.proof[0].jws` or `$["odd key"]`; long keys are cut. */
export function pathText(path: JsonPath): string {
  let text = '$'
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (step.length > keyLengthShown) text += `[${quote(step.slice(0, keyLengthShown))}…]`
    else text += plainKey.test(step) ? `.${step}` : `[${quote(step)}]`
  }
  return text
}

/** The `NOT_CANONICAL` error of a document, naming the place and the reason. */
export function notCanonical(path: JsonPath, reason: string, cause?: unknown): SezError {
  return new SezError('NOT_CANONICAL', { path: pathText(path), reason }, { cause })
}
