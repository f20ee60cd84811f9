import type { Queryable } from '@sluice/postgres'

export interface Size {
  /** As the server estimates them. */
  readonly rows: number
  readonly bytes: number
}

/** Of the tables that are there, by `schema.name`. */
export type Sizes = ReadonlyMap<string, Size>

/**
 * A table that was never analyzed has no estimate but that of the statistics of the server, which a crash empties: its pages are then taken
 * for full ones of rows of 100 bytes.
 */
export async function readSizes(db: Queryable): Promise<Sizes> {
  const found = await db.query<Size & { name: string }>(
    `select n.nspname || '.' || c.relname as name, sum(pg_total_relation_size(l.oid))::float8 as bytes,
       sum(case when l.reltuples >= 0 then l.reltuples else coalesce(nullif(pg_stat_get_live_tuples(l.oid), 0), pg_relation_size(l.oid) / 100) end)::float8 as rows
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join lateral (select c.oid where c.relkind <> 'p' union all select relid from pg_partition_tree(c.oid) where c.relkind = 'p' and isleaf) leaf on true
     join pg_class l on l.oid = leaf.oid
     where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     group by 1`,
  )
  return new Map(found.map(({ name, rows, bytes }) => [name, { rows, bytes }]))
}

/** `about 1,200,000 rows, 160 MB`; empty for a table that is not there. */
export function sizeText(sizes: Sizes, table: string | undefined): string {
  const size = table === undefined ? undefined : sizes.get(table)
  if (size === undefined) return ''
  return `about ${Math.round(size.rows).toLocaleString('en')} rows, ${bytesText(size.bytes)}`
}

const bytesText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`

/** From so many rows on an index is built while others write. */
const large = 100_000
export const isLarge = (sizes: Sizes, table: string): boolean => (sizes.get(table)?.rows ?? 0) >= large
