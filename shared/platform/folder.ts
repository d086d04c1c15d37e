/** Makes a folder with the folders above it. @module */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes `path` and what is missing above it; one that is there stays as it is. Node's own recursive
 * form turns for ever where the system answers that a parent it just saw does not exist, as under
 * /proc; here every step is taken once and the refusal is thrown.
 */
export function makeFolder(path: string, mode = 0o755): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Somebody else was quicker.
    if (!existsSync(path)) throw error
  }
}
