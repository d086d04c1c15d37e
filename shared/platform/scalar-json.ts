/** Bounds of a free JSON value: size, depth, and nothing Postgres cannot hold. @module */
import { inputDepthMax, jsonBytesMax } from './limits.ts'

/**
 * What is wrong with a JSON value, or null. Its size is counted as its JSON text would be, roughly:
 * strings in UTF-8, everything else by its printed length.
 */
export function jsonProblem(value: unknown): string | null {
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 1 }]
  let bytes = 0
  for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    if (each.depth > inputDepthMax) return `JSON nests at most ${inputDepthMax} levels deep`
    const { depth } = each
    if (typeof each.value === 'string') {
      if (each.value.includes('\0')) return 'JSON text holds no NUL character'
      bytes += Buffer.byteLength(each.value) + 2
    } else if (Array.isArray(each.value)) {
      bytes += each.value.length + 2
      for (const item of each.value) waiting.push({ value: item, depth: depth + 1 })
    } else if (typeof each.value === 'object' && each.value !== null) {
      for (const [key, item] of Object.entries(each.value)) {
        if (key.includes('\0')) return 'JSON keys hold no NUL character'
        bytes += Buffer.byteLength(key) + 4
        waiting.push({ value: item, depth: depth + 1 })
      }
    } else if (typeof each.value === 'number' && !Number.isFinite(each.value)) {
      return 'JSON holds no infinite number'
    } else {
      bytes += String(each.value).length
    }
    if (bytes > jsonBytesMax) return `JSON holds at most ${jsonBytesMax} bytes`
  }
  return null
}
