/**
 * Makes drizzle's queries server-side prepared statements, for a bounded number of texts, and builds
 * the busiest of them only once.
 *
 * @module
 */

/** Distinct statement texts a client may hold prepared; later texts run unprepared. */
const preparedTextsMax = 500

/**
 * The same postgres.js client, on which every `unsafe` query with parameters is prepared.
 *
 * Drizzle asks for preparation only of `.prepare()`d queries; a plain builder query then costs an
 * extra round trip and is never pipelined. The clients handed to `begin` and `savepoint` are
 * wrapped too. A text whose length varies with its input (an IN list) would fill the server's
 * memory, hence the bound.
 */
export function preparing<Client extends object>(
  client: Client,
  texts: Set<string> = new Set(),
): Client {
  return new Proxy(client, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      if (key === 'unsafe') {
        return (text: string, parameters: unknown[] = [], options: object = {}): unknown => {
          const prepare = parameters.length > 0 && admits(texts, text)
          return member.call(target, text, parameters, { ...options, prepare })
        }
      }
      if (key === 'begin' || key === 'savepoint') {
        return (...values: unknown[]): unknown =>
          member.apply(
            target,
            values.map((value) =>
              typeof value === 'function'
                ? (inner: object): unknown => value(preparing(inner, texts))
                : value,
            ),
          )
      }
      return member.bind(target)
    },
  })
}

function admits(texts: Set<string>, text: string): boolean {
  if (texts.has(text)) return true
  if (texts.size >= preparedTextsMax) return false
  texts.add(text)
  return true
}

/**
 * A query that is built once for each client and not at each call: for reads by id, of which the
 * building takes more than everything else (test/bench/RESULTS.md, storage). A transaction is a
 * client of its own.
 *
 * @param build Ends in `.prepare(name)`, with `sql.placeholder` in the place of values.
 */
export function builtOnce<Client extends object, Query>(
  build: (client: Client) => Query,
): (client: Client) => Query {
  const built = new WeakMap<Client, Query>()
  return (client) => {
    const known = built.get(client)
    if (known !== undefined) return known
    const query = build(client)
    built.set(client, query)
    return query
  }
}
