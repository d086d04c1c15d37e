/** Names of the carrier fit NATS, and no two zones or streams share one. @module */
import { expect, test } from 'vitest'
import { carrierStreams, checkpointSubject, entrySubject } from './carrier.ts'
import { zoneId } from './ids.ts'

const dotted = zoneId('ae.dubai-difc')

test('dots of ids divide no subject', () => {
  expect(entrySubject(dotted, 'corridor/pak.uae_1:a-b')).toBe(
    'sez.ae=dubai-difc.log.corridor.pak=uae_1:a-b',
  )
  expect(checkpointSubject(dotted)).toBe('sez.ae=dubai-difc.checkpoint')
  expect(entrySubject(dotted, null)).toBe('sez.ae=dubai-difc.log.>')
})

test('names of streams hold nothing that JetStream refuses', () => {
  for (const name of Object.values(carrierStreams(dotted))) expect(name).toMatch(/^[a-z0-9=-]+$/u)
})

test('what differs by a dot only has different names', () => {
  const ids = ['a.b-c', 'a-b.c', 'a-b-c', 'a.b.c'].map((id) => zoneId(id))
  expect(new Set(ids.flatMap((id) => Object.values(carrierStreams(id)))).size).toBe(8)
  expect(new Set(ids.map((id) => entrySubject(dotted, `entity/${id}`))).size).toBe(4)
})
