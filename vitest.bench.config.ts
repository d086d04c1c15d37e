import { defineConfig, mergeConfig } from 'vitest/config'
import tests from './vitest.config.ts'

const merged = mergeConfig(tests, {})

export default defineConfig({
  ...merged,
  test: {
    ...merged.test,
    include: ['test/bench/**/*.bench.ts'],
    testTimeout: 600_000,
    // Side by side, benchmarks would measure one another.
    fileParallelism: false,
  },
})
