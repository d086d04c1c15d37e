/** The one place where source text becomes a function. @module */

/** Names and values that generated code may use. */
export type GeneratedScope = Readonly<Record<string, unknown>>

/**
 * Makes a function of `parameters` with `body`, closed over `scope`. Callers put nothing into the body
 * but their own text, numbers, and names through {@link literal}: never a client's raw text.
 */
export function generateFunction(source: {
  readonly scope: GeneratedScope
  readonly parameters: readonly string[]
  readonly body: string
}): unknown {
  const names = Object.keys(source.scope)
  const parameters = source.parameters.join(', ')
  const text = `'use strict'; return function (${parameters}) { ${source.body} }`
  // oxlint-disable-next-line no-implied-eval, no-new-func
  const make = new Function(...names, text) as (...values: unknown[]) => unknown
  return make(...Object.values(source.scope))
}

/** A string as a JavaScript literal. */
export function literal(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
