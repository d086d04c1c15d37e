/**
 * What holds for every root field alike, read from the composed API, so that a new field is held to
 * it the day it is added: who may call it, and what it does with arguments that mean harm. That each
 * has a success, a refusal and a not-found test of its own is checked by test/house.test.ts.
 *
 * @module
 */
import { type ErrorCode, errorCodes } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import { roles } from '@sez/core/roles'
import { openDatabase } from '@sez/platform/db'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, openTestZone, type TestZone, type Who } from '../zone.fixture.ts'
import { callerOf, exchanged, pathsOf, type RootField, rootFields } from './root-fields.fixture.ts'

let zone: TestZone
beforeAll(async () => {
  zone = await openTestZone({ seed: true })
})
afterAll(() => zone[Symbol.asyncDispose]())

const ruled = rootFields.filter((field) => field.roles !== null)
const open = rootFields.filter((field) => field.roles === null)
const named = (fields: readonly RootField[]) => fields.map((field) => [field.name, field] as const)

/** What a subscription says first: its first item, or the refusal the protocol carries. */
async function firstOf(field: RootField, variables: Record<string, unknown>, who: Who) {
  const stream = zone.subscribe(field.document, variables, who)
  try {
    const { value } = await stream.next()
    return errorsOf(Object(value).errors)
  } catch (failure) {
    return errorsOf(failure)
  } finally {
    await stream.return?.()
  }
}
const errorsOf = (errors: unknown): Answer['errors'] => (Array.isArray(errors) ? errors : [])

async function errorsFor(field: RootField, who?: Who): Promise<Answer['errors']> {
  const [variables = {}] = field.samples()
  if (field.kind !== 'subscription') {
    return (await zone.ask(field.document, variables, who)).errors
  }
  // Over a socket nobody is anonymous here: who has no role stands for them.
  return firstOf(field, variables, who ?? { as: [] })
}

/** How many events those have caused whose DIDs begin so, placed in the log or not yet. */
async function eventsOf(prefix: string): Promise<number> {
  await using database = openDatabase({
    url: zone.databaseUrl,
    connectionsMax: 1,
    applicationName: 'test',
  })
  const [row] = await database.raw<{ count: number }[]>`
    select count(*)::int as count from (
      select event_id, canonical from platform.log
      union select event_id, canonical from platform.outbox
    ) as events where starts_with(canonical::json ->> 'actor', ${prefix})`
  return row?.count ?? -1
}

describe('who may call', () => {
  test('every field has a rule or is public, never both', () => {
    expect(rootFields.length).toBeGreaterThan(40)
    expect(ruled.filter(({ isPublic }) => isPublic).map(({ name }) => name)).toEqual([])
    expect(open.filter(({ isPublic }) => !isPublic).map(({ name }) => name)).toEqual([])
    expect(rootFields.filter(({ kind }) => kind === 'mutation')).toEqual(
      ruled.filter(({ kind }) => kind === 'mutation'),
    )
  })

  test.each(named(open))('%s answers everybody', async (_, field) => {
    for (const who of [undefined, { as: [] }]) {
      const codes = (await errorsFor(field, who)).map(({ extensions }) => extensions.code)
      expect(codes).not.toContain('UNAUTHENTICATED')
      expect(codes).not.toContain('FORBIDDEN')
    }
  })

  test.each(named(ruled.filter(({ kind }) => kind !== 'subscription')))(
    '%s without a token: UNAUTHENTICATED',
    async (_, field) => {
      const { code, class: kind } = { code: 'UNAUTHENTICATED', ...errorCodes.UNAUTHENTICATED }
      expect(await errorsFor(field)).toMatchObject([
        { path: [field.name], extensions: { code, class: kind } },
      ])
    },
  )

  test.each(named(ruled))('%s in every wrong role: FORBIDDEN, and not done', async (_, field) => {
    const did = `did:web:${field.name.toLowerCase()}.denied.test`
    const wrong = roles.filter((role) => field.roles?.includes(role) === false)
    expect(wrong.length).toBeGreaterThan(0)
    const extensions = {
      code: 'FORBIDDEN',
      class: errorCodes.FORBIDDEN.class,
      details: { rolesAllowed: field.roles?.toSorted() },
    }
    for (const as of [...wrong.map((role) => [role]), wrong, []]) {
      expect(await errorsFor(field, { as, did })).toMatchObject([{ extensions }])
    }
    expect(await eventsOf(did)).toBe(0)
  })

  test.each(named(ruled))('%s in each right role: heard', async (_, field) => {
    for (const role of field.roles ?? []) {
      const errors = await errorsFor(field, { as: [role] })
      const unheard = errors
        .map(({ extensions }) => extensions)
        .filter(({ code, details }) => code === 'INTERNAL' || details?.['rolesAllowed'])
      expect([role, unheard]).toEqual([role, []])
    }
  })
})

/** Values that some parser, query or template somewhere takes for more than they are. */
const hostile: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '💥'.repeat(200),
  'x'.repeat(10_001),
  "'; drop table platform.log; --",
  '%',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '{"a":1.0}',
  -1,
  2_147_483_647,
  2_147_483_648,
  9_007_199_254_740_992,
  '9223372036854775808',
  1e308,
  [],
  [[]],
  {},
  { toString: 1, constructor: null },
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00Z',
]

interface Attack {
  readonly variables: unknown
  readonly what: string
}

/** Every hostile value in every place of every sample; each attack has ids and keys of its own. */
function attacksOn(field: RootField): Attack[] {
  return field.samples().flatMap((sample, way) =>
    pathsOf(sample).flatMap((path) =>
      hostile.map((value) => ({
        variables: exchanged(field.samples()[way], path, value),
        what: `${path.join('.')} = ${JSON.stringify(value).slice(0, 40)}`,
      })),
    ),
  )
}

const operationsPerBatch = 10
const operationsPerCaller = 300

/** Asks in batches, and now and then as somebody else, so that no rate is exceeded. */
async function answersTo(field: RootField, attacks: readonly Attack[], prefix: string) {
  const answers: Answer[] = []
  for (let at = 0; at < attacks.length; at += operationsPerBatch) {
    const did = `${prefix}:${Math.floor(at / operationsPerCaller)}`
    const authorization = `Bearer ${await zone.token({ as: [callerOf(field)], did })}`
    const operations = attacks
      .slice(at, at + operationsPerBatch)
      .map(({ variables }) => ({ query: field.document, variables }))
    const response = await fetch(`${zone.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(operations),
    })
    const found: unknown = await response.json()
    invariant(Array.isArray(found), `a batch is answered by a list, not ${JSON.stringify(found)}`)
    // What was refused as a whole has errors, what was answered need not.
    answers.push(...found.map((answer: Answer) => ({ ...answer, errors: answer.errors ?? [] })))
  }
  return answers
}

const isCoded = ({ extensions }: Answer['errors'][number]): boolean => {
  const { code, class: kind, correlationId } = extensions
  const known = Object.hasOwn(errorCodes, code)
  // The line before has looked it up.
  return known && kind === errorCodes[code as ErrorCode].class && correlationId.length >= 8
}

describe('arguments that mean harm get a coded answer, and refused ones write nothing', () => {
  const fields = rootFields.filter(
    ({ kind, samples }) => kind !== 'subscription' && Object.keys(samples()[0] ?? {}).length > 0,
  )

  test.each(named(fields))('%s', async (_, field) => {
    const prefix = `did:web:harm.test:${field.name.toLowerCase()}`
    const attacks = attacksOn(field)
    const answers = await answersTo(field, attacks, prefix)
    const wrong = answers.flatMap(({ errors }, index) =>
      errors
        .filter((error) => !isCoded(error) || error.extensions.class === 'INTERNAL')
        .map(({ extensions }) => `${attacks[index]?.what}: ${extensions.code}`),
    )
    expect(wrong).toEqual([])
    const done = answers.filter(({ errors }) => errors.length === 0)
    expect(await eventsOf(prefix)).toBe(field.kind === 'mutation' ? done.length : 0)
  })
})
