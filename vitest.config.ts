import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Vitest would load graphql's ES modules and Apollo's packages its CommonJS: two realms, of which
// the one refuses the other's schemas. Everyone gets the CommonJS copy, as under Node.
const graphql = createRequire(import.meta.url).resolve('graphql')

const isFull = process.env['SEZ_FULL'] === '1'
/** Whole processes, kills, faults and long conversions: minutes, which `.ci/run` takes (SEZ_FULL=1). */
const slow = [
  'drizzle/{apply,expand-contract}.test.ts',
  'subgraphs/corridor/parts.test.ts',
  'test/adversarial/migrations.test.ts',
  'test/faults/**',
  'test/journeys/{carrier,pooler,processes,restore}.test.ts',
  'test/soak/**',
]

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['{shared,subgraphs,gateway,deploy,schemas,drizzle,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(isFull ? [] : slow)],
    globalSetup: ['./test/setup.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Many tests wait for processes and the database more than they compute.
    maxWorkers: availableParallelism() + 1,
    // Kills and whole processes beside one another take what a busy machine gives them.
    testTimeout: isFull ? 180_000 : 60_000,
    hookTimeout: isFull ? 240_000 : 120_000,
  },
})
