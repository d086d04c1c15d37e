import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isLei } from './lei.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../../spec/vectors/primitives.json', import.meta.url), 'utf8'),
) as {
  readonly groups: {
    readonly lei: readonly {
      readonly input: string
      readonly expected: { readonly valid: boolean }
    }[]
  }
}

test.each(vectors.groups.lei)('vector lei $input', ({ input, expected }) => {
  expect(isLei(input)).toBe(expected.valid)
})

test('no single changed sign of a LEI is a LEI', () => {
  const lei = '213800KUD8LAJWSQ9D15'
  for (const [index, sign] of Array.from(lei).entries()) {
    const other = sign === '7' ? '8' : '7'
    expect(isLei(lei.slice(0, index) + other + lei.slice(index + 1))).toBe(false)
  }
})
