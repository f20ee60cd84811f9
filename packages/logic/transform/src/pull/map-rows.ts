import type { AnyDataset, Pull, SqlSource } from '@sluice/author'
import type { Json, SliceFact, SluiceError } from '@sluice/core'
import { quoteIdentifier } from '@sluice/duckdb'
import { sourceErrors } from '@sluice/sources'
import type { CopiedRows, DatabaseColumn } from '@sluice/sources/sql'
import { type ColumnMap, type ColumnsMet, type DriftEvent, inWords, mapColumns, refusedBy } from './columns.ts'

/** A pull of a database, as far as its columns go. */
export type PulledRows = Pick<Pull, 'name' | 'into' | 'columns'> & { readonly from: SqlSource }

/** What is known of the table that rows are pulled into. */
export interface KnownColumns {
  /** Of columns that pulls have added: name in the source -> name in the table. */
  readonly names: ReadonlyMap<string, string>
  /** What has filled the columns when the source was pulled last. */
  readonly filled: SliceFact['filledBy']
}

/** Which column of a database fills which of the dataset, and why nothing is to be read, where that is so. */
export function mapRows(
  { from, into, columns }: PulledRows,
  found: readonly DatabaseColumn[],
  { names, filled }: KnownColumns,
): { readonly map: ColumnMap; readonly fault: SluiceError | undefined } {
  const map = mapColumns({
    file: found.map(({ name }) => name),
    columns: into.columns,
    key: into.key,
    declared: columns,
    policies: from.drift,
    fits: () => false,
    before: nowOf(filled, found),
    added: names,
  })
  const odd =
    map.fault === undefined
      ? undefined
      : sourceErrors.sql(`${from.name}: ${map.fault}`, {
          facts: { source: from.name },
          next: "Say which one is meant: columns: { <column>: '<name in the source>' } of the pull.",
        })
  return { map, fault: odd ?? takenName(from, into, [...map.added.keys()]) ?? refusedDrift(from, map.drift) }
}

/** By what the database knows columns by, where that of before and that of now are one table: one that was made anew has others. */
function nowOf(filled: SliceFact['filledBy'], found: readonly DatabaseColumn[]): NonNullable<ColumnsMet['before']> {
  const tables = new Set(found.map(({ id }) => id?.split('.')[0]))
  return (column) => {
    const id = filled?.[column]
    if (id === undefined || !tables.has(id.split('.')[0])) return undefined
    return found.find((each) => each.id === id)?.name ?? null
  }
}

/** Where the policies of the source refuse one of the events. */
export function refusedDrift(from: SqlSource, events: readonly DriftEvent[]): SluiceError | undefined {
  const refused = refusedBy(events)
  if (refused.length === 0) return undefined
  return sourceErrors.sql(`${from.name}: ${refused.map(inWords).join(', ')}, which the source refuses`, {
    facts: { source: from.name, drift: refused as unknown as Json },
    next: 'Declare the columns as they are now, name them under columns of the pull, or let the source take such rows: drift.',
  })
}

/** To the lake names that differ in case are one, and some are its own. */
function takenName(from: SqlSource, into: AnyDataset, added: readonly string[]): SluiceError | undefined {
  const known = [...Object.keys(into.columns), '_batch']
  const taken = added.find((name, at) => [...known, ...added.slice(0, at)].some((other) => other.toLowerCase() === name.toLowerCase()))
  if (taken === undefined) return undefined
  return sourceErrors.sql(
    `${from.name}: the column "${taken}" cannot be added to ${into.id}, which has one of that name but for its case`,
    {
      facts: { source: from.name, column: taken },
      next: "Read a query that names it otherwise or leaves it out, or let the source ignore new columns: drift: { new: 'ignore' }.",
    },
  )
}

/** SELECT of the copied rows, whose columns are those chosen in their order, under the names of the table. */
export function queryOf({ columns }: AnyDataset, { from, added }: ColumnMap, chosen: readonly string[], { rows }: CopiedRows): string {
  const values = Object.keys(columns).map((column) => {
    const of = from.get(column) ?? added.get(column)
    return `${of === undefined ? 'CAST(NULL AS VARCHAR)' : `c${chosen.indexOf(of)}`} AS ${quoteIdentifier(column)}`
  })
  const places = chosen.length === 0 ? '' : `(${chosen.map((_, at) => `c${at}`).join(', ')})`
  return `SELECT ${values.join(', ')} FROM (${rows}) AS copied${places}`
}
