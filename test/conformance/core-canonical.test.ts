/** spec/vectors/canonicalization.json, every case in its recommended column. @module */
import { readFileSync } from 'node:fs'
import { canonicalize, canonicalizeJson, canonicalText } from '@sez/core/canonical'
import { digest } from '@sez/core/digest'
import { SezError } from '@sez/core/errors'
import { describe, expect, test } from 'vitest'

interface Case {
  readonly id: string
  readonly input: string
  readonly canonical?: string
  readonly sha256?: string
  readonly rejected?: boolean
}
interface TypedCase {
  readonly id: string
  readonly canonical?: string
  readonly sha256?: string
}

const path = new URL('../../spec/vectors/canonicalization.json', import.meta.url)
const vectors: { readonly cases: readonly Case[]; readonly typed_cases: readonly TypedCase[] } =
  JSON.parse(readFileSync(path, 'utf8'))

describe('canonicalization.json', () => {
  test('holds all of its cases', () => {
    expect(vectors.cases.length).toBe(148)
    expect(vectors.typed_cases.length).toBe(17)
  })

  test.each(vectors.cases.filter(({ rejected }) => rejected !== true))(
    '$id has its canonical form and digest',
    ({ input, canonical, sha256 }) => {
      const bytes = canonicalizeJson(input)
      expect(canonicalText(bytes)).toBe(canonical)
      expect(digest(bytes)).toBe(sha256)
    },
  )

  test.each(vectors.cases.filter(({ rejected }) => rejected === true))(
    'NOT_CANONICAL for $id',
    ({ input }) => {
      expect(() => canonicalizeJson(input)).toThrow(
        expect.objectContaining({ name: 'SezError', code: 'NOT_CANONICAL' }),
      )
    },
  )
})

/** What a program of this language would hold in place of each Python object; `reject` as advised. */
const analogues: Readonly<Record<string, { readonly value: unknown; readonly reject?: true }>> = {
  't-datetime-utc': { value: { ts: new Date('2026-01-15T12:00:00.123Z') } },
  't-datetime-naive': { value: new Date(Date.UTC(2026, 0, 15, 12)) },
  't-datetime-plus5': { value: new Date('2026-01-15T17:00:00+05:00') },
  't-datetime-neg': { value: new Date('2026-12-31T22:00:00.999-05:00') },
  't-date': { value: '2026-01-15' },
  't-tuple': { value: [1, 'a', null] as const },
  't-decimal': {
    value: {
      amount: new (class Decimal {
        digits = '10.50'
      })(),
    },
    reject: true,
  },
  't-int-key': { value: new Map([[1, 'a']]), reject: true },
  't-bool-key': { value: new Map([[true, 'a']]), reject: true },
  't-none-key': { value: new Map([[null, 'a']]), reject: true },
  't-bytes': { value: new Uint8Array([97, 98]), reject: true },
  't-float': { value: 1.5, reject: true },
  // This language has no 2.0 beside 2; its nearest kin is a float that is no safe integer.
  't-float-int': { value: 2 ** 60, reject: true },
  't-nan': { value: Number.NaN, reject: true },
  't-inf': { value: Number.POSITIVE_INFINITY, reject: true },
  't-bool-vs-int': { value: [true, 1, false, 0] },
  't-bigint': { value: 2n ** 70n, reject: true },
}

describe('canonicalization.json, typed cases', () => {
  test('every case has its analogue', () => {
    expect(Object.keys(analogues).sort()).toEqual(vectors.typed_cases.map(({ id }) => id).sort())
  })

  const isRefused = ({ id }: TypedCase): boolean => analogues[id]?.reject === true

  test.each(vectors.typed_cases.filter((one) => !isRefused(one)))(
    '$id has its canonical form and digest',
    ({ id, canonical, sha256 }) => {
      const bytes = canonicalize(analogues[id]?.value)
      expect(canonicalText(bytes)).toBe(canonical)
      expect(digest(bytes)).toBe(sha256)
    },
  )

  test.each(vectors.typed_cases.filter(isRefused))('NOT_CANONICAL for $id', ({ id }) => {
    expect(() => canonicalize(analogues[id]?.value)).toThrow(SezError)
  })
})
