/** A pool that does not act as its role stops the start. @module */
import { openDatabase } from '@sez/platform/db'
import { openTestDatabase, refusalOf } from '@sez/platform/database.fixture'
import { expect, test } from 'vitest'
import { requireRoles } from './storage.ts'

test('CONFIG_INVALID when a pooler drops the role a connection starts with', async () => {
  await using copy = await openTestDatabase()
  const shared = { url: copy.url, connectionsMax: 1, applicationName: 'test' }
  const role = `${copy.rolePrefix}_entities`
  await using good = openDatabase({ ...shared, role })
  await requireRoles([good])
  await using plain = openDatabase(shared)
  const refusal = await refusalOf(requireRoles([good, { raw: plain.raw, role }]))
  expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', details: { field: 'DATABASE_URL' } })
  expect(refusal.message).toContain(`${role} act as`)
})
