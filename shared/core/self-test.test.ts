import { afterEach, describe, expect, test, vi } from 'vitest'
import { hmac as nativeHmac } from './digest.ts'
import { selfTest } from './self-test.ts'

describe('the self-test', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.resetModules()
  })

  test('passes in a sound process', () => {
    expect(selfTest).not.toThrow()
  })

  test('passes where there is no node:crypto: the portable code follows the same rules', async () => {
    vi.resetModules()
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    const { selfTest: portable } = await import('./self-test.ts')
    const { nativeVerify } = await import('./ed25519.ts')
    const { hmac } = await import('./digest.ts')
    vi.restoreAllMocks()
    expect(nativeVerify).toBeNull()
    expect(portable).not.toThrow()
    expect(hmac(new Uint8Array(32), 'a')).toEqual(nativeHmac(new Uint8Array(32), 'a'))
  })

  test('SELF_TEST_FAILED in a process whose runtime writes, sorts or hashes otherwise', async () => {
    const { stringify } = JSON
    const lies: readonly (() => void)[] = [
      () => {
        JSON.stringify = (text: string) => stringify(text).replaceAll('\\u001f', '\\u001F')
      },
      () => {
        vi.spyOn(String.prototype, 'isWellFormed').mockReturnValue(true)
      },
    ]
    for (const lie of lies) {
      vi.resetModules()
      lie()
      const { selfTest: patched } = await import('./self-test.ts')
      try {
        expect(patched).toThrow(expect.objectContaining({ code: 'SELF_TEST_FAILED' }))
      } finally {
        JSON.stringify = stringify
        vi.restoreAllMocks()
      }
    }
  })
})
