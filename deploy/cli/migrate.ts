/** `sez migrate`: brings the database up to date, or prints the SQL that an administrator must run. @module */
import { SezError } from '@sez/core/errors'
import { parseConfig } from '@sez/platform/config'
import { openLog } from '@sez/platform/log'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const migrate: Command = {
  name: 'migrate',
  summary: 'apply what the database of DATABASE_URL lacks',
  usage: 'sez migrate [--print-roles]',
  examples: [
    'DATABASE_URL=postgres://zone@db.example/zone sez migrate',
    'DATABASE_URL=postgres://zone@db.example/zone sez migrate --print-roles | psql …',
  ],
  async run(args, io) {
    const known = { 'print-roles': { type: 'boolean' } } as const
    const { options } = readArguments(args, known, { wordsMax: 0 })
    const config = parseConfig(io.env)
    const url = config.databaseDirectUrl ?? config.databaseUrl
    if (url === null) {
      const message =
        'Name the database: sez migrate reads DATABASE_URL. npm start migrates its own.'
      throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
    }
    if (options['print-roles'] === true) {
      io.out(await rolesSqlOf(url))
      return 0
    }
    const log = openLog({ level: 'warn', pretty: config.logPretty })
    const { zoneId, zoneName } = config
    // Loaded here only: the other commands start without the database's libraries.
    const database = await import('@sez/drizzle/migrate')
    const result = await database.migrate({ url, zoneId, zoneName, log })
    io.out(JSON.stringify(result))
    return 0
  },
}

/** What an administrator runs once for a login that may not make roles; nothing is asked. */
async function rolesSqlOf(url: string): Promise<string> {
  const { rolesSql } = await import('@sez/drizzle/roles')
  const { subgraphNames } = await import('@sez/drizzle/folders')
  const { pathname, username } = new URL(url)
  const database = decodeURIComponent(pathname.slice(1))
  const login = decodeURIComponent(username)
  return rolesSql({ database, rolePrefix: database, login, subgraphs: subgraphNames() })
}
