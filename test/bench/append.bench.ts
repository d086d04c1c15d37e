/**
 * Receipts appended by the corridor subgraph's own mutation, against a program by hand that
 * canonicalizes, digests, verifies and runs the same SQL on postgres.js, and nothing else.
 *
 * @module
 */
import { invariant } from '@sez/core/invariant'
import type { Role } from '@sez/core/roles'
import { openTestCorridor, type TestCorridor } from '@sez/corridor/corridor.fixture'
import { type Head, receiptDocument, signedText } from '@sez/corridor/documents.fixture'
import { mutations } from '@sez/corridor/mutations'
import { testZone } from '@sez/platform/zone-log.fixture'
import { expect, test } from 'vitest'
import { openHandProgram } from './append-by-hand.ts'
import { cpuMsOf, elapsedMsOf, isSmoke, median, ratioOf, takeTurns } from './measure.ts'
import { type Finding, report } from './report.ts'

/** How many chains grow at once, and how many receipts each takes in a round. */
const loads = isSmoke
  ? [{ chains: 4, perChain: 5 }]
  : [
      { chains: 1, perChain: 150 },
      { chains: 16, perChain: 25 },
      { chains: 128, perChain: 4 },
    ]
const chainsMax = Math.max(...loads.map(({ chains }) => chains))
const rounds = isSmoke ? 3 : 11
const warmups = isSmoke ? 1 : 2
/** Transactions at once, of both alike. */
const connections = 8

type Append = (text: string) => Promise<unknown>

interface Contender {
  readonly append: Append
  /** Its chains' ids and where they stand. */
  readonly chains: { readonly id: string; head: Head }[]
  readonly cpuMs: number[]
}

/** Through the subgraph's mutation, in a request of its own each time. */
function ownAppend(zone: TestCorridor): Append {
  const { log, sequencer, parties } = zone
  const database = log.open('corridor', connections * 2)
  const roles = new Set<Role>(['PARTNER'])
  const caller = { ...log.context().caller, did: parties[0].did, roles }
  return async (document) => {
    const ctx = log.context({ database, caller, afterCommit: sequencer.nudge })
    const { outcome } = await mutations.appendReceipt({}, { input: { document } }, ctx)
    invariant(outcome === 'APPENDED', 'every receipt is new')
  }
}

async function openContender(zone: TestCorridor, name: string, append: Append): Promise<Contender> {
  const chains: Contender['chains'] = []
  for (let index = 0; index < chainsMax; index += 1) {
    const id = await zone.openCorridor(`${name}-${index}`)
    chains.push({ id, head: await zone.headOf(id) })
  }
  return { append, chains, cpuMs: [] }
}

/** Signs what the chains take next, which is not measured, then appends it, which is. */
async function grow(
  { append, chains, cpuMs }: Contender,
  load: (typeof loads)[number],
  signer: TestCorridor['parties'][0],
): Promise<number> {
  const sent = chains.slice(0, load.chains).map((chain) =>
    Array.from({ length: load.perChain }, () => {
      const document = receiptDocument(chain.id, chain.head)
      const { next_root: nextRoot } = document
      invariant(typeof nextRoot === 'string', 'a receipt leaves a root')
      chain.head = { receiptCount: chain.head.receiptCount + 1, nextRoot }
      return signedText(document, [signer])
    }),
  )
  const growAll = () =>
    Promise.all(
      sent.map(async (texts) => {
        for (const text of texts) await append(text)
      }),
    )
  let elapsedMs = 0
  cpuMs.push(
    await cpuMsOf(async () => {
      elapsedMs = await elapsedMsOf(growAll)
    }),
  )
  return elapsedMs
}

async function measure(
  { ours, byHand }: { readonly ours: Contender; readonly byHand: Contender },
  load: (typeof loads)[number],
  signer: TestCorridor['parties'][0],
): Promise<Finding> {
  for (const each of [ours, byHand]) each.cpuMs.length = 0
  const ms = await takeTurns(
    {
      ours: () => grow(ours, load, signer),
      byHand: () => grow(byHand, load, signer),
    },
    { rounds, warmups },
  )
  const receipts = load.chains * load.perChain
  const perSecond = (numbers: readonly number[]) =>
    ((receipts / median(numbers)) * 1_000).toFixed(0)
  const cpu = ({ cpuMs }: Contender) => (median(cpuMs.slice(warmups)) / receipts).toFixed(2)
  return {
    what: `receipts/s, ${load.chains} chains, ours / by hand`,
    measured: `${perSecond(ms.ours)}/s / ${perSecond(ms.byHand)}/s; CPU of the process ${cpu(ours)} ms / ${cpu(byHand)} ms a receipt`,
    // The rate is the inverse of the time.
    ratio: ratioOf(ms.byHand, ms.ours),
    bar: load.chains === 16 ? { atLeast: 0.8 } : null,
    sane: { atLeast: 0.1 },
  }
}

test('receipts are appended nearly as fast as by a program written for nothing else', async () => {
  await using zone = await openTestCorridor({ isSealing: false })
  const { log, sequencer, parties } = zone
  await using program = openHandProgram({
    url: log.loginOf('corridor'),
    connections,
    zoneId: testZone,
    afterCommit: sequencer.nudge,
  })
  const ours = await openContender(zone, 'ours', ownAppend(zone))
  const byHand = await openContender(zone, 'hand', (text) => program.append(text))
  const findings: Finding[] = []
  for (const load of loads) findings.push(await measure({ ours, byHand }, load, parties[0]))
  for (const { id, head } of [...ours.chains, ...byHand.chains]) {
    expect(await zone.headOf(id)).toEqual(head)
  }
  const missed = await report({
    name: 'append',
    what: `Receipts with one signature, each in a transaction of its own with its event, ${connections} transactions at once: mutation \`appendReceipt\` against a program that canonicalizes, digests, verifies and runs the same SQL, one statement after the other (the mutation sends its first two together). The sequencer runs for both, in the same process; Postgres without fsync, which hides nothing of what we add.`,
    findings,
  })
  expect(missed).toEqual([])
})
