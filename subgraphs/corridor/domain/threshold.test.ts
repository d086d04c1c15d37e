/** Thresholds: readable, possible to meet, met or not. @module */
import { expect, test } from 'vitest'
import { partyOf } from '../documents.fixture.ts'
import { openReading } from './reading.ts'
import {
  checkThresholds,
  participantsMax,
  readParticipants,
  readThresholds,
  sameParticipants,
  shortfalls,
} from './threshold.ts'

const [one, two, three] = ['one', 'two', 'three'].map((name) => partyOf(name).did)
const did = (value: typeof one) => value ?? partyOf('one').did
const members = [
  { did: did(one), role: 'authority' },
  { did: did(two), role: 'authority' },
  { did: did(three), role: 'watcher' },
]

test('checkThresholds accepts what the participants can meet', () => {
  const watcher = { role: 'watcher', required: 1, of: 1 }
  for (const required of [1, 2]) {
    for (const of of [2, null]) {
      const thresholds = [{ role: 'authority', required, of }, watcher]
      expect(() => checkThresholds(thresholds, members)).not.toThrow()
    }
  }
})

test.for([
  [[{ role: 'authority', required: 2, of: 3 }]],
  [[{ role: 'authority', required: 3, of: null }]],
  [[{ role: 'nobody', required: 1, of: null }]],
  [
    [
      { role: 'watcher', required: 1, of: 1 },
      { role: 'watcher', required: 1, of: 1 },
    ],
  ],
])('THRESHOLD_INVALID for %j', ([thresholds = []]) => {
  expect(() => checkThresholds(thresholds, members)).toThrow(
    expect.objectContaining({ code: 'THRESHOLD_INVALID' }),
  )
})

test('shortfalls count each signer once, in its own role only', () => {
  const thresholds = [
    { role: 'authority', required: 2, of: 2 },
    { role: 'watcher', required: 1, of: null },
  ]
  const one = members[0]?.did
  const signers = one === undefined ? [] : [one, one, partyOf('stranger').did]
  expect(shortfalls(thresholds, members, signers)).toEqual([
    { role: 'authority', required: 2, signed: 1 },
    { role: 'watcher', required: 1, signed: 0 },
  ])
  expect(
    shortfalls(
      thresholds,
      members,
      members.map((each) => each.did),
    ),
  ).toEqual([])
  expect(shortfalls([], members, [])).toEqual([])
})

test('sameParticipants ignores order and nothing else', () => {
  expect(sameParticipants(members, members.toReversed())).toBe(true)
  expect(sameParticipants(members, members.slice(1))).toBe(false)
  const [first, ...rest] = members
  expect(sameParticipants(members, [{ did: did(first?.did), role: 'watcher' }, ...rest])).toBe(
    false,
  )
  expect(
    sameParticipants(
      [members[0], members[0]].flatMap((each) => each ?? []),
      members.slice(0, 2),
    ),
  ).toBe(false)
})

test('readThresholds and readParticipants note what is wrong, item by item', () => {
  const reading = openReading()
  readThresholds(reading, [{ role: '', required: 0, of: 0, x: 1 }], 'thresholds')
  readThresholds(reading, [], 'none')
  readParticipants(reading, [{ id: 'x', role: 'r' }, 'y'], 'participants')
  readParticipants(
    reading,
    Array.from({ length: participantsMax + 1 }, () => 1),
    'many',
  )
  const paths = [
    'thresholds[0].x',
    'thresholds[0].role',
    'thresholds[0].required',
    'thresholds[0].of',
    'none',
    'participants[0].id',
    'participants[1]',
    'participants[1].id',
    'participants[1].role',
    'many',
  ]
  expect(() => reading.refuse()).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_ERROR',
      details: {
        field: paths[0],
        problems: paths.map((path) => expect.objectContaining({ path })),
      },
    }),
  )
})
