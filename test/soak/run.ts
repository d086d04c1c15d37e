/** `npm run soak -- [--minutes N] [--seed N]`: the soak test at full length. @module */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? null : Number(values.seed)
if (!(minutes > 0) || (seed !== null && !Number.isSafeInteger(seed))) {
  process.stderr.write('usage: npm run soak -- [--minutes N] [--seed N]\n')
  process.exitCode = 2
} else {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  // npm has put it in the path.
  const child = spawn('vitest', ['run', 'test/soak/soak.test.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      SEZ_FULL: '1',
      SEZ_TEST_SOAK_S: String(Math.ceil(minutes * 60)),
      ...(seed === null ? {} : { SEZ_TEST_SEED: String(seed) }),
    },
  })
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
}
