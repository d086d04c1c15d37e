import { describe, expect, test } from 'vitest'
import { exampleRole, examplesName, parseExamples } from './examples.ts'

const example = { title: 'Who am I', query: 'query Me { viewer { did } }', role: 'TAX' }

describe('parseExamples', () => {
  test('puts the title above the query and prints variables', () => {
    const [parsed] = parseExamples([{ ...example, variables: { first: 3 } }])
    expect(parsed).toEqual({
      title: 'Who am I',
      query: '# Who am I\nquery Me { viewer { did } }\n',
      variables: '{\n  "first": 3\n}',
      role: 'TAX',
    })
  })

  test('keeps the comment a query begins with, and does not repeat the title', () => {
    const [noted] = parseExamples([{ ...example, query: '# Mine\n{ a }' }])
    expect(noted?.query).toBe('# Who am I\n# Mine\n{ a }\n')
    const [titled] = parseExamples([{ ...example, query: '# Who am I\n{ a }' }])
    expect(titled?.query).toBe('# Who am I\n{ a }\n')
  })

  test('an unknown role becomes the anonymous one', () => {
    expect(parseExamples([{ ...example, role: 'KING' }])[0]?.role).toBe('ANONYMOUS')
  })

  test.each([[null], [{}], [[]], [[1, null, { title: 2 }]]])(
    '%j gives the example any server answers',
    (body) => {
      expect(parseExamples(body).map(({ title }) => title)).toEqual([
        'Ask any zone for its query fields',
      ])
    },
  )
})

describe('exampleRole', () => {
  const examples = parseExamples([example])
  test('finds the role by operation name', () => expect(exampleRole(examples, 'Me')).toBe('TAX'))
  test('is null for a tab of one’s own', () => expect(exampleRole(examples, 'Mine')).toBeNull())
  test('is null for a nameless tab', () => expect(exampleRole(examples, null)).toBeNull())
})

test('examplesName changes with the examples and is stable for the same ones', () => {
  const first = parseExamples([example])
  const other = parseExamples([{ ...example, title: 'Who are you' }])
  expect(examplesName(first)).toBe(examplesName(parseExamples([example])))
  expect(examplesName(first)).not.toBe(examplesName(other))
})
