/** The tree as the house rules see it: its files, their text with comments and strings taken out. @module */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

const read = (pattern: string) =>
  globSync(pattern, {
    cwd: root,
    exclude: (name) => name.includes('node_modules') || name.includes('/dist/'),
  })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()

/** Every TypeScript file we own, generated ones left out. */
export const sources: readonly string[] = read(
  '{shared,subgraphs,gateway,deploy,schemas,drizzle,test}/**/*.ts',
).filter((file) => !file.endsWith('.types.ts') && !file.startsWith('gateway/playground/'))

export const isTest = (file: string): boolean => /\.(test|fixture|bench)\.ts$|^test\//.test(file)
export const product: readonly string[] = sources.filter((file) => !isTest(file))
export const tests: readonly string[] = sources.filter((file) => /\.(test|bench)\.ts$/.test(file))
export const schemas: readonly string[] = read('subgraphs/*/schema.graphql')

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Source with comments blanked and the insides of plain strings emptied, lines kept. */
export function codeOf(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g,
    (found) => {
      const breaks = found.replace(/[^\n]/g, '')
      return /^['"]/.test(found) ? `${found[0]}${found[0]}` : breaks
    },
  )
}

/** The specifiers a file imports or re-exports from, types included. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(/^(?:import|export)\b[^'"`;]*?from '([^']+)'|^import '([^']+)'/gm)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((specifier) => specifier !== '')
}

/** The folder of the package a file lives in: `shared/core`, `subgraphs/corridor`, `gateway`. */
export function packageOf(file: string): string {
  const depth = /^(shared|subgraphs)\//.test(file) ? 2 : 1
  return file.split('/').slice(0, depth).join('/')
}

/** A relative specifier resolved against the file that names it, from the root. */
export const resolved = (file: string, specifier: string): string =>
  relative(root, join(root, dirname(file), specifier)).replaceAll('\\', '/')

export const exists = (file: string): boolean => existsSync(join(root, file))
