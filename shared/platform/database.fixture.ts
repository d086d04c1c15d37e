/** A migrated database of one's own for a test: a copy of the run's template. @module */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { SezError } from '@sez/core/errors'
import { invariant } from '@sez/core/invariant'
import postgres, { type Sql } from 'postgres'
import { inject } from 'vitest'
import { databaseCodeOf } from './db.ts'
import { credentialsOf, loginUrl } from './login.ts'

/** What test/setup.ts provides: a superuser's address and the database to copy. */
interface ProvidedPostgres {
  readonly url: string
  readonly template: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: ProvidedPostgres
  }
}

export interface TestDatabase extends AsyncDisposable {
  /** A superuser's address of this database. */
  readonly url: string
  /** Roles are `<rolePrefix>_<subgraph>`: those of the template, with the same rights. */
  readonly rolePrefix: string
  /** The address with the login of a subgraph's role, or of `platform`. */
  loginOf(name: string): string
}

const copyTimeoutMs = 30_000

/** Copies the template; disposing drops the copy whoever is still connected. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('postgres')
  const name = `${template}_${randomBytes(5).toString('hex')}`
  await using server = openServer(url)
  await copy(server.sql, template, name)
  const address = databaseUrl(url, name)
  await using database = openServer(address)
  const [zone] = await database.sql<{ prefix: string }[]>`
    select role_prefix as prefix from platform.zone`
  invariant(zone !== undefined, 'the template has a zone')
  return {
    url: address,
    rolePrefix: zone.prefix,
    loginOf: (role) => roleUrl(address, `${zone.prefix}_${role}`),
    async [Symbol.asyncDispose]() {
      await using server = openServer(url)
      await server.sql.unsafe(`drop database if exists ${name} with (force)`)
    },
  }
}

/** An empty database of its own on the run's server, for tests of the migrations themselves. */
export async function openEmptyDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('postgres')
  const name = `${template}_e${randomBytes(5).toString('hex')}`
  await using server = openServer(url)
  await server.sql.unsafe(`create database ${name} template template0 encoding 'UTF8'`)
  return {
    url: databaseUrl(url, name),
    rolePrefix: name,
    loginOf: (role) => roleUrl(databaseUrl(url, name), `${name}_${role}`),
    async [Symbol.asyncDispose]() {
      await using server = openServer(url)
      await server.sql.unsafe(`drop database if exists ${name} with (force)`)
      const roles = await server.sql<{ name: string }[]>`
        select rolname as name from pg_roles where starts_with(rolname, ${`${name}_`})`
      for (const role of roles) await server.sql.unsafe(`drop role if exists ${role.name}`)
    },
  }
}

/** The address with the login of a role, as the migrations of this run's superuser make it. */
export function roleUrl(url: string, role: string): string {
  return loginUrl(url, role, credentialsOf(url).password)
}

/** The address of another database on the same server. */
export function databaseUrl(url: string, database: string): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}

/** Waits until `condition` holds; says what it waited for when it gives up. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 50_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    invariant(performance.now() < deadline, `timed out waiting until ${what}`)
    await delay(10)
  }
}

/** What `work` fails with. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await work
  } catch (error) {
    return error
  }
  invariant(false, `a failure was expected, not ${String(value)}`)
}

/** The coded refusal that `work` fails with. */
export async function refusalOf(work: PromiseLike<unknown>): Promise<SezError> {
  const error = await failureOf(work)
  invariant(error instanceof SezError, `a coded refusal was expected, not ${String(error)}`)
  return error
}

async function copy(sql: Sql, template: string, name: string): Promise<void> {
  const deadline = performance.now() + copyTimeoutMs
  for (;;) {
    try {
      await sql.unsafe(`create database ${name} template ${template}`)
      return
    } catch (error) {
      // 55006: a neighbour is looking at the template, which must be alone to be copied.
      if (databaseCodeOf(error) !== '55006' || performance.now() > deadline) throw error
      await delay(20)
    }
  }
}

function openServer(url: string): AsyncDisposable & { readonly sql: Sql } {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) }
}
