/**
 * Writes spec/21-errors.md from the table of codes: `node schemas/errors.ts`. With `--check` it
 * writes nothing and fails where the committed page is stale.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type ErrorClass, errorCodes } from '@sez/core/errors'

const page = new URL('../spec/21-errors.md', import.meta.url)

const classes: Readonly<Record<ErrorClass, string>> = {
  NOT_FOUND: 'There is no such object, or the caller may not know of it.',
  VALIDATION_ERROR: 'An input breaks a rule that holds at any time.',
  BAD_REQUEST: 'The request itself is malformed.',
  UNAUTHENTICATED: 'The caller is not known.',
  FORBIDDEN: 'The caller is known and may not.',
  CONFLICT: 'The state of the object, or another request, is in the way.',
  PRECONDITION_FAILED: 'Something that must be so first is not.',
  UPSTREAM_ERROR: 'A system outside the zone failed.',
  SERVICE_UNAVAILABLE: 'The zone cannot answer now.',
  NOT_IMPLEMENTED: 'The operation exists in the contract and not here.',
  INTERNAL_ERROR: 'A fault of the zone.',
}

const head = `# 21. Errors

Generated from \`shared/core/errors.ts\` by \`node schemas/errors.ts\`; edit the table there.

## 1. Classes

\`class\` is one of eleven coarse words a program may switch on without knowing every code.

| class | says |
|---|---|
`

const form = `
## 2. Form

Every error a client sees, from GraphQL or from the HTTP front, carries

\`\`\`json
{
  "message": "…",
  "path": ["…"],
  "extensions": {
    "code": "STALE_HEAD", "class": "CONFLICT", "retry": false,
    "retryAfterMs": 1000, "field": "input.document", "details": {}, "correlationId": "…"
  }
}
\`\`\`

\`code\` is the fine fact and always in the table below. \`retry\` says whether the same request may
succeed later unchanged; \`retryAfterMs\`, where present, when. \`field\` names the input at
fault and \`details\` holds what a program needs to act. A VALIDATION_ERROR lists every problem
found in \`details.problems\` as \`{path, reason}\`. What is not in the table never reaches a
client: it is logged under the correlation id and answered as INTERNAL.

Where several codes apply, the description of the mutation lists them in the order in which they
win.

## 3. Codes

`

/** The whole page. */
export function errorsPage(): string {
  const classRows = Object.entries(classes).map(([name, says]) => row([code(name), says]))
  const codeRows = Object.entries(errorCodes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { class: errorClass, http, retry, about }]) =>
      row([code(name), code(errorClass), String(http), retry ? 'yes' : 'no', about]),
    )
  const table = [
    '| code | class | HTTP | retry | what happened, what to do |',
    '|---|---|---|---|---|',
  ]
  return `${head}${classRows.join('\n')}\n${form}${[...table, ...codeRows].join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function code(name: string): string {
  return `\`${name}\``
}

/** Whether the committed page is what the table gives. */
export function isErrorsPageCurrent(): boolean {
  return existsSync(page) && readFileSync(page, 'utf8') === errorsPage()
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) writeFileSync(page, errorsPage())
  else if (!isErrorsPageCurrent()) {
    process.stderr.write('spec/21-errors.md is stale: run node schemas/errors.ts\n')
    process.exitCode = 1
  }
}
