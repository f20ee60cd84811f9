import type { Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import { platformSchema } from '../platform-schema.ts'
import { type Span, spanIn } from './spans.ts'

export interface Partition extends Span {
  /** Quoted. */
  readonly name: string
  /** The platform has made it. */
  readonly isOurs: boolean
}

/** $1 the quoted table. */
const statement = `
select coalesce((
  select json_agg(json_build_object('name', format('%I.%I', n.nspname, p.relname), 'isOurs', n.nspname = '${platformSchema}',
    'bound', pg_get_expr(p.relpartbound, p.oid)))
  from pg_inherits i join pg_class p on p.oid = i.inhrelid join pg_namespace n on n.oid = p.relnamespace where i.inhparent = c.oid
), '[]') as partitions
from pg_class c where c.oid = to_regclass($1) and c.relkind = 'p'`

/** Of a table, in order; undefined where it is not stored in partitions. */
export async function partitionsOf(db: Queryable, table: string): Promise<readonly Partition[] | undefined> {
  const [found] = await db.query<{ partitions: readonly { name: string; isOurs: boolean; bound: string }[] }>(statement, [
    quoteTable(table),
  ])
  return found?.partitions
    .flatMap(({ name, isOurs, bound }) => {
      const span = spanIn(bound)
      return span === undefined ? [] : [{ name, isOurs, ...span }]
    })
    .toSorted((a, b) => a.from - b.from)
}
