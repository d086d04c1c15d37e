/**
 * How benchmarks measure: contenders take turns in rounds of one run, so that a busy machine is
 * equally unkind to all, and what is quoted is the median of the rounds' ratios.
 *
 * @module
 */
import { invariant } from '@sez/core/invariant'

/** Small sizes, loose bounds, nothing written: shows that the benchmarks themselves work. */
export const isSmoke = process.env['SEZ_BENCH'] === 'smoke'

/** What one contender does in a round; answers what it cost, in any unit. */
export type Turn = () => Promise<number>

/** Of one run: each contender's numbers, by round. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>

/**
 * Lets contenders take turns. Each round begins with another of them, since whoever comes first may
 * find the caches cold; the rounds of `warmups` are not counted.
 */
export async function takeTurns<Name extends string>(
  contenders: Readonly<Record<Name, Turn>>,
  options: { readonly rounds: number; readonly warmups: number },
): Promise<Rounds<Name>> {
  // Object.keys forgets which names they are.
  const names = Object.keys(contenders) as Name[]
  const numbers = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = -options.warmups; round < options.rounds; round += 1) {
    const first = Math.abs(round) % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const number = await contenders[name]()
      if (round >= 0) numbers.get(name)?.push(number)
    }
  }
  return Object.fromEntries(numbers) as unknown as Rounds<Name>
}

/** The median over the rounds of ours by the baseline's. */
export function ratioOf(ours: readonly number[], baseline: readonly number[]): number {
  return median(ours.map((number, round) => number / (baseline[round] ?? Number.NaN)))
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 50)
}

export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((left, right) => left - right)
  const found = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]
  invariant(found !== undefined, 'there is no percentile of nothing')
  return found
}

/** CPU of this whole process, user and system, while `work` runs: what waiting does not hide. */
export async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

export async function elapsedMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await work()
  return performance.now() - before
}

/** Calls `work` with 0 to `count` − 1, so many at a time. */
export async function inParallel(
  count: number,
  parallel: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, worker))
}
