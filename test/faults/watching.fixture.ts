/** What operators see of a zone, and callers of it, while a fault lasts. @module */
import { randomUUID } from 'node:crypto'
import { invariant } from '@sez/core/invariant'
import { until } from '@sez/platform/database.fixture'
import { expect } from 'vitest'
import type { Answer, TestZone } from '../zone.fixture.ts'

export interface Readiness {
  readonly status: number
  readonly word: string
  /** Each check that is not well, with its reason. */
  readonly reasons: Readonly<Record<string, string>>
}

/** What /health/ready says. */
export async function readinessOf(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/health/ready`)
  const { status, checks } = Object(await response.json())
  const failed: readonly { name: string; reason: string }[] = checks.filter(
    ({ ok }: { ok: boolean }) => !ok,
  )
  const reasons = Object.fromEntries(failed.map(({ name, reason }) => [name, reason]))
  return { status: response.status, word: status, reasons }
}

/** Waits, without touching anything, until a zone says that it is ready. */
export async function recovers(url: string, timeoutMs = 60_000): Promise<void> {
  let last: Readiness | undefined
  await until(
    'it is ready by itself',
    async () => {
      last = await readinessOf(url)
      return last.word === 'ready'
    },
    timeoutMs,
  ).catch((cause: unknown) => {
    invariant(false, `${String(cause)}: ${JSON.stringify(last)}`)
  })
}

const createDocument = `mutation ($input: CreateEntityInput!) {
  createEntity(input: $input) { entity { id } log { eventId digest } }
}`

/** A company to be founded, with a key by which its founding can be repeated. */
export const companyInput = () => ({
  legalName: `Kabul River ${randomUUID()} Ltd`,
  jurisdictionId: 'PK-RSEZ',
  entityType: 'LLC',
  localForm: 'SMC_PVT',
  registeredOffice: { line1: '1 Nowshera Road', city: 'Rashakai', country: 'PK' },
  idempotencyKey: randomUUID(),
})

/** Founds a company as a citizen. */
export const create = (
  zone: Pick<TestZone, 'ask'>,
  input: ReturnType<typeof companyInput>,
): Promise<Answer> => zone.ask(createDocument, { input }, { as: ['CITIZEN'] })

/** The codes of an answer, and whether each says that the same request may be repeated. */
export const codesOf = ({ errors }: Answer): readonly string[] =>
  errors.map(({ extensions }) => extensions.code)

/** Repeats one request with its key until it is answered; every refusal on the way may be repeated. */
export async function insist(
  zone: Pick<TestZone, 'ask'>,
  input: ReturnType<typeof companyInput>,
  timeoutMs = 60_000,
): Promise<{ readonly answer: Answer; readonly refusals: readonly string[] }> {
  const refusals: string[] = []
  let answer: Answer | undefined
  await until(
    'the request is answered',
    async () => {
      const tried = await create(zone, input)
      for (const { extensions } of tried.errors) {
        expect(extensions).toMatchObject({ retry: true })
        refusals.push(extensions.code)
      }
      answer = tried
      return tried.errors.length === 0
    },
    timeoutMs,
  )
  if (answer === undefined) expect.unreachable('until() waited for it')
  return { answer, refusals }
}
