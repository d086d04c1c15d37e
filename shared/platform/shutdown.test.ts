/** An orderly end: last opened, first closed, whatever fails on the way. @module */
import { describe, expect, it } from 'vitest'
import { openLog } from './log.ts'
import { openShutdown } from './shutdown.ts'

const log = openLog({ level: 'silent', pretty: false, stream: { write: () => undefined } })

describe('a shutdown', () => {
  it('closes what opened last first', async () => {
    const closed: string[] = []
    const shutdown = openShutdown({ log })
    shutdown.defer('database', async () => void closed.push('database'))
    const listener = { [Symbol.asyncDispose]: async () => void closed.push('listener') }
    expect(shutdown.use('listener', listener)).toBe(listener)
    expect(await shutdown.close()).toEqual({ isClean: true, failed: [], unfinished: [] })
    expect(closed).toEqual(['listener', 'database'])
  })

  it('goes on after a step that fails and names it', async () => {
    const closed: string[] = []
    const shutdown = openShutdown({ log })
    shutdown.defer('first', () => void closed.push('first'))
    shutdown.defer('broken', () => Promise.reject(new TypeError('x')))
    expect(await shutdown.close()).toEqual({ isClean: false, failed: ['broken'], unfinished: [] })
    expect(closed).toEqual(['first'])
  })

  it('ends at its deadline and names what had not', async () => {
    const shutdown = openShutdown({ log, deadlineMs: 20 })
    shutdown.defer('after', () => undefined)
    shutdown.defer('stuck', () => new Promise(() => undefined))
    expect(await shutdown.close()).toEqual({
      isClean: false,
      failed: [],
      unfinished: ['after', 'stuck'],
    })
  })

  it('runs its steps once, however often it is asked', async () => {
    let runs = 0
    const shutdown = openShutdown({ log })
    shutdown.defer('counted', () => void (runs += 1))
    await Promise.all([shutdown.close(), shutdown.close(), shutdown[Symbol.asyncDispose]()])
    expect(runs).toBe(1)
  })

  it('is requested by a signal, stops the loops and ends the listening', async () => {
    const before = process.listenerCount('SIGUSR2')
    const shutdown = openShutdown({ log, signals: ['SIGUSR2'] })
    expect(shutdown.signal.aborted).toBe(false)
    process.emit('SIGUSR2')
    expect(await shutdown.requested).toBe('SIGUSR2')
    expect(shutdown.signal.aborted).toBe(true)
    await shutdown.close()
    expect(process.listenerCount('SIGUSR2')).toBe(before)
  })
})
