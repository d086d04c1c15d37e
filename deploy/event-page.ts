/**
 * Writes spec/26-event-types.md from the subgraphs' tables of events: `node deploy/event-page.ts`.
 * With `--check` it writes nothing and fails where the committed page is stale.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { eventTypes as corridor } from '@sez/corridor/events'
import { eventTypes as entities } from '@sez/entities/events'

const page = new URL('../spec/26-event-types.md', import.meta.url)

const head = `# 26. Event types

Generated from each subgraph's \`events.ts\` by \`node deploy/event-page.ts\`; edit the tables there. The form around \`data\` is that of 20-events.md §1.
`

type Table = Readonly<Record<string, { readonly about: string; readonly data: string }>>

/** The whole page. */
export function eventPage(): string {
  return `${head}${section('Entities', 'entity/<id>', entities)}${section('Corridors', 'corridor/<id>', corridor)}`
}

function section(title: string, stream: string, table: Table): string {
  const rows = Object.entries(table).map(
    ([type, { about, data }]) => `| \`${type}\` | ${about} | ${data} |`,
  )
  return `
## ${title}: stream \`${stream}\`

| type | what happened | data |
|---|---|---|
${rows.join('\n')}
`
}

/** Whether the committed page is what the tables give. */
export function isEventPageCurrent(): boolean {
  return existsSync(page) && readFileSync(page, 'utf8') === eventPage()
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) writeFileSync(page, eventPage())
  else if (!isEventPageCurrent()) {
    process.stderr.write('spec/26-event-types.md is stale: run node deploy/event-page.ts\n')
    process.exitCode = 1
  }
}
