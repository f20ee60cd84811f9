import { type AnyDataset, type ColumnType, typeText } from '@sluice/author'
import { migrationErrors } from '@sluice/postgres'
import type { LiveTable } from './live-table.ts'

/**
 * An assignment in PostgreSQL rounds and cuts to the type of the table's column and says nothing of it. The judge knows the declared type
 * alone, so a table that was left behind, or changed by hand, is refused before a row is written. What does not fit and makes the server
 * throw (an overflow, a text that is too long) is left to the rows. @throws `migration.drift`
 */
export function refuseNarrowerColumns(types: LiveTable['types'], table: AnyDataset): void {
  const narrower = types.flatMap(({ name, type }) => {
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
