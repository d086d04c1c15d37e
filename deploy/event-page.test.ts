import { expect, test } from 'vitest'
import { eventPage, isEventPageCurrent } from './event-page.ts'

test('spec/26-event-types.md is up to date: run node deploy/event-page.ts when this fails', () => {
  expect(isEventPageCurrent()).toBe(true)
})

test('the page lists what each subgraph tells', () => {
  expect(eventPage()).toContain('| `entity.suspended` |')
  expect(eventPage()).toContain('| `corridor.receipt-appended` |')
})
