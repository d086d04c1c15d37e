/** A whole database in lines of text, to compare what two ways of migrating have made. @module */
import postgres from 'postgres'

const isOurs = `nspname not like 'pg\\_%' and nspname not in ('information_schema', 'probe')`

/** An access list in an order of its own. */
const sorted = (list: string) =>
  `coalesce((select string_agg(item::text, ' ' order by item::text) from unnest(${list}) item), '')`

/** What a migrated database consists of, rights and records included. */
const queries = [
  `select 'database', ${sorted('datacl')} from pg_database where datname = current_database()`,
  `select 'schema', nspname, ${sorted('nspacl')} from pg_namespace where ${isOurs}`,
  `select 'relation', oid::regclass, relkind, relrowsecurity, relforcerowsecurity, ${sorted('relacl')}
   from pg_class where relnamespace in (select oid from pg_namespace where ${isOurs})`,
  `select 'column', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod),
     attcollation::regcollation, attnotnull, attidentity, ${sorted('attacl')},
     (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum)
   from pg_attribute join pg_class on pg_class.oid = attrelid
   where attnum > 0 and relnamespace in (select oid from pg_namespace where ${isOurs})`,
  `select 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(pg_constraint.oid)
   from pg_constraint join pg_namespace on pg_namespace.oid = connamespace where ${isOurs}`,
  `select 'index', indisvalid, indisready, pg_get_indexdef(indexrelid)
   from pg_index join pg_class on pg_class.oid = indexrelid
   where relnamespace in (select oid from pg_namespace where ${isOurs})`,
  `select 'trigger', tgenabled, pg_get_triggerdef(pg_trigger.oid)
   from pg_trigger join pg_class on pg_class.oid = tgrelid
   where not tgisinternal and relnamespace in (select oid from pg_namespace where ${isOurs})`,
  `select 'function', pg_get_functiondef(pg_proc.oid), ${sorted('proacl')}
   from pg_proc join pg_namespace on pg_namespace.oid = pronamespace where ${isOurs}`,
  `select 'policy', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check
   from pg_policies`,
  `select 'applied', schema, tag, generated_at_ms, hash from sez_migrations.applied`,
  `select 'zone', zone_id, name, role_prefix from platform.zone`,
  `select 'head', position, hash from platform.log_head`,
  `select 'owner', kind, name, owner from platform.owners`,
]

/** Its lines in one order, with `<prefix>` in the place of its own role prefix. */
export async function readCatalog(url: string): Promise<readonly string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [zone] = await sql<{ prefix: string }[]>`
      select role_prefix as prefix from platform.zone`
    const lines: string[] = []
    for (const query of queries) {
      const rows = await sql<{ line: string }[]>`
        select found::text as line from (${sql.unsafe(query)}) as found`
      lines.push(...rows.map(({ line }) => line.replaceAll(zone?.prefix ?? '', '<prefix>')))
    }
    return lines.sort()
  } finally {
    await sql.end()
  }
}
