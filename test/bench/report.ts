/**
 * Writes RESULTS.md: one section with one table for each benchmark. A benchmark replaces its own
 * section and leaves the others, so that one of them can be run alone.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { invariant } from '@sez/core/invariant'
import postgres from 'postgres'
import { isSmoke } from './measure.ts'

/** What a number must be to keep its promise. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number }

/** One line of a table. */
export interface Finding {
  readonly what: string
  /** Absolute numbers with their units: true of this machine at that moment only. */
  readonly measured: string
  /** What the bar is about; null where there is nothing to hold it against. */
  readonly ratio: number | null
  /** The promise, in the unit of `ratio`. */
  readonly bar: Bar | null
  /** A bound so loose that only something broken misses it: all that smoke runs assert. */
  readonly sane: Bar | null
}

export interface Benchmark {
  /** The section's heading, and the name of its file before `.bench.ts`. */
  readonly name: string
  readonly what: string
  readonly findings: readonly Finding[]
}

const file = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const preamble = `# Results

Written by \`npm run bench\`, one section for each benchmark; \`npm run bench -- test/bench/<name>\` runs one and replaces its section. A ratio is the median over rounds in which the contenders take turns in one run, so it means the same on another machine; the other numbers do not. Sections tell the load average when they began and ended: at more than the number of cores the absolute numbers are too high.
`

const loadAtStart = loadavg()[0] ?? 0

/**
 * Prints the findings, and in a full run writes them. Answers those that missed their bar, or in a
 * smoke run what is sane: a benchmark expects none.
 */
export async function report(benchmark: Benchmark): Promise<readonly string[]> {
  const table = tableOf(benchmark)
  process.stdout.write(`\n${benchmark.name}\n${table}\n`)
  if (!isSmoke) save(benchmark.name, `${await headOf(benchmark)}\n\n${table}\n`)
  return benchmark.findings.flatMap(({ what, ratio, bar, sane }) => {
    const wanted = isSmoke ? sane : bar
    if (wanted === null || ratio === null || keeps(ratio, wanted)) return []
    return [`${what}: ${shown(ratio)}, not ${barText(wanted)}`]
  })
}

function tableOf({ findings }: Benchmark): string {
  const rows = findings.map(({ what, measured, ratio, bar }) => {
    const verdict = bar === null || ratio === null ? '' : keeps(ratio, bar) ? 'kept' : 'missed'
    const ratioText = ratio === null ? '' : shown(ratio)
    const cells = [what, measured, ratioText, bar === null ? '' : barText(bar), verdict]
    return `| ${cells.join(' | ')} |`
  })
  return ['| what | measured | ratio | bar | verdict |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  )
}

async function headOf({ name, what }: Benchmark): Promise<string> {
  const load = [loadAtStart, loadavg()[0] ?? 0].map((number) => number.toFixed(1)).join(' to ')
  const memory = Math.round(totalmem() / 2 ** 30)
  const machine = [
    `${cpus().length} cores`,
    `${memory} GiB`,
    `Node ${process.versions.node}`,
    `Postgres ${await postgresVersion()}`,
    `load ${load}`,
  ]
  return [
    `## ${name}`,
    what,
    `\`npm run bench -- test/bench/${name}\` · ${machine.join(', ')}`,
  ].join('\n\n')
}

async function postgresVersion(): Promise<string> {
  const sql = postgres(inject('postgres').url, { max: 1, onnotice: () => {} })
  const [row] = await sql<{ version: string }[]>`
    select split_part(current_setting('server_version'), ' ', 1) as version`
  await sql.end()
  invariant(row !== undefined, 'a server has a version')
  return row.version
}

/** Sections stand in the order of their names, whichever was measured first. */
function save(name: string, section: string): void {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const others = text.split(/^(?=## )/mu).filter((each) => each.startsWith('## '))
  const kept = others.filter((each) => !each.startsWith(`## ${name}\n`))
  const sections = [...kept.map((each) => `${each.trimEnd()}\n`), section].sort()
  writeFileSync(file, [preamble, ...sections].join('\n'))
}

function keeps(ratio: number, bar: Bar): boolean {
  return 'atMost' in bar ? ratio <= bar.atMost : ratio >= bar.atLeast
}

function barText(bar: Bar): string {
  return 'atMost' in bar ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`
}

function shown(ratio: number): string {
  return Number.isInteger(ratio) ? String(ratio) : ratio.toFixed(2)
}
