/**
 * `sez migrate`: brings the database up to date, or prints the SQL that an administrator must run,
 * or the addresses of the zone's processes.
 *
 * @module
 */
import { SezError } from '@sez/core/errors'
import { type Config, parseConfig } from '@sez/platform/config'
import { credentialsOf, loginUrl } from '@sez/platform/login'
import { answer, exitCodes } from './arguments.ts'
import { defineCommand } from './command.ts'

export const migrate = defineCommand({
  options: {
    'print-roles': { about: 'print the SQL that an administrator runs once, and ask no database' },
    'print-logins': { about: "print the address of each of the zone's processes, one a line" },
  },
  examples: [
    'DATABASE_URL=postgres://zone@db.example/zone sez migrate',
    'DATABASE_URL=postgres://zone@db.example/zone sez migrate --print-roles | psql …',
    'DATABASE_URL=postgres://zone@db.example/zone sez migrate --print-logins | vault …',
  ],
  async run({ options }, io) {
    const config = parseConfig(io.env)
    const { databaseUrl } = config
    if (databaseUrl === null) {
      const message =
        'Name the database: sez migrate reads DATABASE_URL. npm start migrates its own.'
      throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
    }
    const directUrl = config.databaseDirectUrl ?? databaseUrl
    if (options['print-roles']) {
      const sql = await rolesSqlOf(directUrl)
      answer(io, { sql }, sql)
    } else if (options['print-logins']) {
      for (const login of await loginsOf(databaseUrl, directUrl)) answer(io, login)
    } else answer(io, await migrateDatabase(config, directUrl))
    return exitCodes.valid
  },
})

// The database's libraries are loaded here only: the other commands start without them.

async function migrateDatabase(
  { zoneId, zoneName, logPretty }: Config,
  url: string,
): Promise<object> {
  const database = await import('@sez/drizzle/migrate')
  const { openLog } = await import('@sez/platform/log')
  const log = openLog({ level: 'warn', pretty: logPretty })
  return database.migrate({ url, zoneId, zoneName, log })
}

/**
 * What an administrator runs for a login that may not make roles; nothing is asked.
 *
 * @throws {SezError} `CONFIG_INVALID`.
 */
async function rolesSqlOf(url: string): Promise<string> {
  const { rolesSql } = await import('@sez/drizzle/logins')
  const { subgraphNames } = await import('@sez/drizzle/folders')
  const database = decodeURIComponent(new URL(url).pathname.slice(1))
  const { user, password } = credentialsOf(url)
  if (user === null) {
    const message = 'DATABASE_URL names no login. Write it before the host: postgres://zone@…'
    throw new SezError('CONFIG_INVALID', { field: 'DATABASE_URL' }, { message })
  }
  return rolesSql({
    database,
    rolePrefix: database,
    login: user,
    ownerPassword: password,
    subgraphs: subgraphNames(),
  })
}

interface ProcessLogin {
  /** A subgraph's, or `platform` for the process of the log. */
  readonly name: string
  readonly url: string
  /** Past the pooler, where there is one. */
  readonly directUrl?: string
}

/** The addresses of a zone's processes, secrets each: asks the database how its roles are called. */
async function loginsOf(url: string, directUrl: string): Promise<ProcessLogin[]> {
  const { rolePrefixOf } = await import('@sez/drizzle/migrate')
  const { platformOwner, roleName } = await import('@sez/drizzle/roles')
  const { subgraphNames } = await import('@sez/drizzle/folders')
  const prefix = await rolePrefixOf(directUrl)
  const { password } = credentialsOf(directUrl)
  return [platformOwner, ...subgraphNames()].map((name) => {
    const role = roleName(prefix, name)
    const direct = url === directUrl ? {} : { directUrl: loginUrl(directUrl, role, password) }
    return { name, url: loginUrl(url, role, password), ...direct }
  })
}
