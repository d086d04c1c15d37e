/** The page of errors is what the table of codes gives. @module */
import { errorCodes } from '@sez/core/errors'
import { describe, expect, it } from 'vitest'
import { errorsPage, isErrorsPageCurrent } from './errors.ts'

describe('spec/21-errors.md', () => {
  it('is up to date: run node schemas/errors.ts when this fails', () => {
    expect(isErrorsPageCurrent()).toBe(true)
  })

  it('has one row per code', () => {
    const page = errorsPage()
    for (const code of Object.keys(errorCodes)) {
      expect(page.split(`\n| \`${code}\` |`).length - 1).toBeGreaterThanOrEqual(1)
    }
  })
})
