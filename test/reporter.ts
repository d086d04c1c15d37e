/** Closes a run with one plain line, so that any reader of the log can count the tests. @module */
import type { Reporter, TestModule } from 'vitest/node'

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed') counts[state] += 1
        else counts.skipped += 1
      }
    }
    process.once('exit', () => {
      const { passed, failed, skipped } = counts
      if (process.env['SEZ_FULL'] !== '1') {
        process.stdout.write('LEFT OUT: kills, faults and whole processes; SEZ_FULL=1 runs them\n')
      }
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
    })
  }
}
