/** The merged data of one execution: reading and writing by response name, merging, finding targets. @module */

/**
 * An object as subgraphs answered it. Keys are response names the client chose, so they may be
 * `__proto__` or `constructor`: read through {@link own} and write through {@link assign} only.
 */
export type DataObject = Record<string, unknown>

export type ResponsePath = readonly (string | number)[]

/** Where a plan's paths pass through a list. */
export const everyItem = '@'

export function isDataObject(value: unknown): value is DataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The own property `key`, never one inherited from Object.prototype. */
export function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as DataObject)[key] : undefined
}

/** Sets `key` as an own property, also when it is `__proto__`. */
export function assign(object: DataObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else object[key] = value
}

/**
 * Merges what a later fetch answered into what is there. Null never erases a value: when one subgraph
 * of a shared field fails, the other's answer stays and shaping decides what must be null.
 *
 * @param interfaces Names of interfaces. A subgraph that knows an entity by its interface alone answers
 *   that as its type, which must not replace the object type that another has told.
 */
export function mergeInto(
  target: DataObject,
  source: DataObject,
  interfaces: ReadonlySet<string>,
): void {
  for (const key of Object.keys(source)) {
    const incoming = source[key]
    if (incoming === undefined) continue
    const present = own(target, key)
    if (present === undefined || present === null) assign(target, key, incoming)
    else if (incoming === null || isLessExact(key, incoming, interfaces)) continue
    else assign(target, key, merged(present, incoming, interfaces))
  }
}

function isLessExact(key: string, incoming: unknown, interfaces: ReadonlySet<string>): boolean {
  return key === '__typename' && typeof incoming === 'string' && interfaces.has(incoming)
}

function merged(present: unknown, incoming: unknown, interfaces: ReadonlySet<string>): unknown {
  if (present === incoming) return present
  if (isDataObject(present) && isDataObject(incoming)) {
    mergeInto(present, incoming, interfaces)
    return present
  }
  if (Array.isArray(present) && Array.isArray(incoming) && present.length === incoming.length) {
    for (let index = 0; index < incoming.length; index += 1) {
      const item: unknown = incoming[index]
      if (present[index] === null || present[index] === undefined) present[index] = item
      else if (item !== null) present[index] = merged(present[index], item, interfaces)
    }
    return present
  }
  return incoming
}

/** Every object at a plan's path, through all lists; absent and null places are skipped. */
export function collectTargets(root: DataObject, path: readonly string[]): DataObject[] {
  const targets: DataObject[] = []
  visitTargets(root, path, 0, targets)
  return targets
}

function visitTargets(
  value: unknown,
  path: readonly string[],
  depth: number,
  out: DataObject[],
): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    const next = path[depth] === everyItem ? depth + 1 : depth
    for (const item of value) visitTargets(item, path, next, out)
    return
  }
  const name = path[depth]
  if (name === undefined) out.push(value as DataObject)
  else if (name === everyItem) visitTargets(value, path, depth + 1, out)
  else visitTargets(own(value, name), path, depth + 1, out)
}

/** The concrete paths of {@link collectTargets}' objects, in the same order; only errors need them. */
export function collectPaths(root: DataObject, path: readonly string[]): ResponsePath[] {
  const paths: ResponsePath[] = []
  visitPaths(root, { path, depth: 0, place: [] }, paths)
  return paths
}

interface Place {
  readonly path: readonly string[]
  readonly depth: number
  readonly place: ResponsePath
}

function visitPaths(value: unknown, at: Place, out: ResponsePath[]): void {
  if (value === null || typeof value !== 'object') return
  const { path, depth, place } = at
  if (Array.isArray(value)) {
    const next = path[depth] === everyItem ? depth + 1 : depth
    for (const [index, item] of value.entries()) {
      visitPaths(item, { path, depth: next, place: [...place, index] }, out)
    }
    return
  }
  const name = path[depth]
  if (name === undefined) out.push(place)
  else if (name === everyItem) visitPaths(value, { path, depth: depth + 1, place }, out)
  else visitPaths(own(value, name), { path, depth: depth + 1, place: [...place, name] }, out)
}
