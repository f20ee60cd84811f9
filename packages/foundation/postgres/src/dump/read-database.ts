import type { Connection } from '../connection.ts'
import { postgresErrors } from '../errors.ts'
import { type Item, ofUsers, type Reading } from './item.ts'
import { leftOut } from './left-out.ts'
import { databaseItself, defaultPrivileges } from './objects/database.ts'
import { functions, systemFunctionRights } from './objects/functions.ts'
import { overTables } from './objects/over-tables.ts'
import { extensions, schemas } from './objects/schemas.ts'
import { sequences } from './objects/sequences.ts'
import { tables } from './objects/tables.ts'
import { types } from './objects/types.ts'
import { views } from './objects/views.ts'
import { type Edge, inOrder } from './order.ts'
import { type RoleItem, readRoles } from './roles.ts'

/** A table whose rows are kept. */
export interface TableOfRows {
  /** As statements name it, quoted where needed. */
  readonly name: string
  /** As the items name it. */
  readonly id: string
  /** Those that COPY reads and writes, quoted. */
  readonly columns: readonly string[]
  /** On the disk of the server, for the order of the work alone. */
  readonly bytes: number
}

export interface SequenceValue {
  readonly name: string
  readonly last: string
  readonly called: boolean
}

/** All that a backup keeps of a database, but the rows. */
export interface DatabaseSchema {
  readonly version: number
  readonly roles: readonly RoleItem[]
  /** In the order in which they are made. */
  readonly items: readonly Item[]
  readonly tables: readonly TableOfRows[]
  readonly sequences: readonly SequenceValue[]
  readonly leftOut: readonly string[]
}

/**
 * Reads the schema of a database in the transaction of a session, whose `search_path` must be empty: names are then written whole. The
 * values of sequences are those of now, which are behind no row of the transaction.
 * @throws `postgres.failed` naming each table and sequence that the role may not read
 */
export async function readDatabase(session: Connection, options: { readonly passwords: boolean }): Promise<DatabaseSchema> {
  const [server] = await session.query<{ version: number; bootstrap: string }>(
    `select current_setting('server_version_num')::int as version, (select rolname from pg_roles where oid = 10) as bootstrap`,
  )
  const reading: Reading = { session, version: server?.version ?? 0, bootstrap: server?.bootstrap ?? '' }
  await refuseUnreadable(session)
  const items: Item[] = []
  for (const read of readers) items.push(...(await read(reading)))
  const edges = await session.query<Edge & Record<string, unknown>>(edgesSql)
  return {
    version: reading.version,
    roles: await readRoles(reading, options),
    items: inOrder(items, edges),
    tables: await session.query<TableOfRows & Record<string, unknown>>(rowsSql),
    sequences: await readSequences(session),
    leftOut: await leftOut(session),
  }
}

const readers = [
  schemas,
  extensions,
  types,
  functions,
  systemFunctionRights,
  sequences,
  tables,
  views,
  overTables,
  databaseItself,
  defaultPrivileges,
]

const edgesSql = `
select distinct classid::regclass::text || ':' || objid as of, refclassid::regclass::text || ':' || refobjid as on
from pg_depend where deptype not in ('e', 'x') and refobjid >= 2200 and classid <> 0`

const rowsSql = `
select c.oid::regclass::text as name, 'pg_class:' || c.oid as id, pg_relation_size(c.oid)::float8 as bytes,
  array(select quote_ident(attname) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns
from pg_class c where c.relkind = 'r' and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by c.oid::regclass::text collate "C"`

async function readSequences(session: Connection): Promise<readonly SequenceValue[]> {
  const names = await session.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'S' and ${ofUsers('c', 'pg_class', 'c.relnamespace')} order by c.oid`,
  )
  if (names.length === 0) return []
  const each = names.map(({ name }, n) => `select ${n} as n, last_value::text as last, is_called as called from ${name}`)
  const values = await session.query<{ n: number; last: string; called: boolean }>(`${each.join(' union all ')} order by 1`)
  return values.map(({ n, last, called }) => ({ name: names[n]?.name ?? '', last, called }))
}

/** A backup that lacks something is none: what the role may not read is named before anything is written. */
async function refuseUnreadable(session: Connection): Promise<void> {
  const denied = await session.query<{ name: string; why: string }>(`
    select c.oid::regclass::text as name, case when row_security_active(c.oid) then 'a policy hides rows' else 'no right to select' end as why
    from pg_class c where c.relkind in ('r', 'p', 'S') and ${ofUsers('c', 'pg_class', 'c.relnamespace')}
      and (case c.relkind when 'S' then not has_sequence_privilege(c.oid, 'select') else not has_table_privilege(c.oid, 'select') end
        or not has_schema_privilege(c.relnamespace, 'usage') or c.relkind <> 'S' and row_security_active(c.oid))
    order by 1`)
  if (denied.length === 0) return
  const [me] = await session.query<{ name: string }>('select quote_ident(current_user) as name')
  throw postgresErrors.failed(
    `${me?.name} may not read all of the database: ${denied.map(({ name, why }) => `${name} (${why})`).join(', ')}`,
    {
      facts: { unreadable: denied.map(({ name }) => name) },
      next: `Back it up as the owner or a superuser, or as an administrator: grant pg_read_all_data to ${me?.name}; where policies hide rows, also: alter role ${me?.name} bypassrls.`,
    },
  )
}
