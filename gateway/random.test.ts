import { describe, expect, test } from 'vitest'
import { compose, harness, monolith, runMonolith } from './federation.fixture.ts'
import { randomOperation } from './random-operation.fixture.ts'
import { media, shop } from './shop.fixture.ts'

/** More on demand: SEZ_TEST_OPERATIONS=2000 SEZ_TEST_SEED=1 npx vitest run gateway/random.test.ts. */
const operations = Number(process.env['SEZ_TEST_OPERATIONS'] ?? 150)
const firstSeed = Number(process.env['SEZ_TEST_SEED'] ?? 1)

const aliases = [
  'id',
  'upc',
  'sku',
  'name',
  'price',
  'weight',
  'title',
  '__typename',
  '__proto__',
  'constructor',
  'x',
]
const values = {
  upc: ['p1', 'p2', 'p3', 'nobody'],
  id: ['m1', 'm2', 'm3', 'nobody'],
  first: [0, 1, 3],
  currency: ['USD', 'PKR'],
  count: [1],
}

describe.for([
  // A value hidden from the API is an error of the gateway's own wording.
  ['shop', shop, ['Book.kind', 'Gadget.kind', 'Product.kind']],
  // Its entity is known to one subgraph only.
  ['media', media, ['Query.missing']],
] as const)('random operations over %s', ([, services, without]) => {
  const federation = compose(services)
  const ours = harness(federation, {}, { costMax: Number.MAX_VALUE })
  const one = monolith(federation, services)

  test(`answer the data of one schema, from seed ${firstSeed}`, async () => {
    for (let seed = firstSeed; seed < firstSeed + operations; seed += 1) {
      const schema = ours.engine.supergraph.apiSchema
      const options = { schema, seed, aliases, values, without: new Set(without) }
      const { query, variables } = randomOperation(options)
      const answer = await ours.run(query, { variables })
      const expected = await runMonolith(one, query, { variables })
      const facts = { seed, query, variables }
      const failed = (errors: unknown) => errors !== undefined
      expect({ ...facts, data: answer.data, failed: failed(answer.errors) }).toEqual({
        ...facts,
        data: expected.data,
        failed: failed(expected.errors),
      })
    }
  })
})
