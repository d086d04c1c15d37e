import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Vitest would load graphql's ES modules and Apollo's packages its CommonJS: two realms, of which
// the one refuses the other's schemas. Everyone gets the CommonJS copy, as under Node.
const graphql = createRequire(import.meta.url).resolve('graphql')

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    include: ['{shared,subgraphs,gateway,deploy,schemas,drizzle,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./test/setup.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Many tests wait for processes and the database more than they compute.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
