import { type AnyDataset, type ColumnType, typeText } from '@sluice/author'
import { migrationErrors, type Queryable } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'

/** $1 the quoted table, $2 its columns. A domain counts as what it is made of. */
const typesStatement = `
select a.attname as name, case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end as type
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass($1) and a.attname = any($2::text[]) and not a.attisdropped
order by a.attnum`

/**
 * An assignment in PostgreSQL rounds and cuts to the type of the table's column and says nothing of it. The judge knows the declared type
 * alone, so a table that was left behind, or changed by hand, is refused before a row is written. What does not fit and makes the server
 * throw (an overflow, a text that is too long) is left to the rows. @throws `migration.drift`
 */
export async function refuseNarrowerColumns(db: Queryable, table: AnyDataset, names: readonly string[]): Promise<void> {
  const live = await db.query<{ name: string; type: string }>(typesStatement, [quoteTable(table.name), names])
  const narrower = live.flatMap(({ name, type }) => {
    const declared = table.columns[name]?.type
    const loss = declared === undefined ? undefined : lossOf(declared, type)
    return declared === undefined || loss === undefined
      ? []
      : [`column ${table.name}.${name} is ${type} in the database and ${typeText(declared)} in the code: it would ${loss}`]
  })
  if (narrower.length === 0) return
  throw migrationErrors.drift(narrower.join('; '), {
    facts: { table: table.name, differences: narrower },
    next: 'Nothing was written. Write a migration that gives the column its declared type ("sluice warehouse migrate --dry-run" lists what differs), or correct the dataset; then clear the task.',
  })
}

const whole = ['smallint', 'integer', 'bigint']

/** What a column of the table does to values of the declared type without an error; undefined where it keeps or refuses them. */
export function lossOf(declared: ColumnType, live: string): string | undefined {
  const scale = scaleOf(live)
  switch (declared.kind) {
    case 'decimal':
      if (whole.includes(live) ? declared.scale > 0 : scale !== undefined && scale < declared.scale) return 'round values'
      return ['real', 'double precision', 'money'].includes(live) ? 'round values' : undefined
    case 'integer':
    case 'bigint':
      if (live === 'real' || (live === 'double precision' && declared.kind === 'bigint')) return 'round values'
      return scale !== undefined && scale < 0 ? 'round values' : undefined
    case 'double':
      return whole.includes(live) || live === 'real' || live === 'money' || live.startsWith('numeric') ? 'round values' : undefined
    case 'timestamp':
      if (live === 'date') return 'drop the time of day'
      return /^timestamp\(\d\)/.test(live) ? 'round instants' : undefined
    case 'text':
      return live === 'name' || /^character(\(|$)/.test(live) ? 'pad or cut texts' : undefined
    default:
      return undefined
  }
}

const scaleOf = (live: string): number | undefined => {
  const found = /^numeric\(\d+,(-?\d+)\)$/.exec(live)
  return found === null ? undefined : Number(found[1])
}
