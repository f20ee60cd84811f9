import type { Columns, ColumnType, Load } from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { quoteIdentifier, quoteLiteral } from '@sluice/duckdb'

/** How a load crosses: columns of the table in the order of the CSV, and the statement that writes it. */
export interface LoadPlan {
  readonly tableColumns: readonly string[]
  readonly modelColumns: readonly string[]
  /** The type that the model gives each column of the table. */
  readonly given: Readonly<Record<string, ColumnType>>
}

/** @throws `definition.invalid` for a mapping to a column that one side does not have: types do not see loads of loose types. */
export function planLoad({ name, from, into, columns }: Load): LoadPlan {
  const pairs = Object.entries(columns)
  const stranger = pairs.find(([to, source]) => into.columns[to] === undefined || from.columns[source] === undefined)
  if (stranger !== undefined || pairs.length === 0) {
    throw definitionErrors.invalid(`load ${name}: no way from ${stranger?.[1] ?? from.name} to ${stranger?.[0] ?? into.name}`, {
      facts: { load: name, from: from.name, into: into.name, columns },
      next: 'Map columns of the table to columns of the model under columns; those of equal name map by themselves.',
    })
  }
  const given = pairs.flatMap(([to, source]) => {
    const type = from.columns[source]?.type
    return type === undefined ? [] : [[to, type] as const]
  })
  return { tableColumns: pairs.map(([to]) => to), modelColumns: pairs.map(([, source]) => source), given: Object.fromEntries(given) }
}

/**
 * CSV as PostgreSQL's COPY reads it: no header, NULL an empty unquoted cell, an empty text `""`, decimals as their digits, instants with an
 * explicit `+00`.
 */
export function csvSql(plan: LoadPlan, columns: Columns, scan: string, file: string): string {
  const selected = plan.modelColumns.map((name) => `${cellSql(columns[name]?.type, quoteIdentifier(name))} AS ${quoteIdentifier(name)}`)
  return `COPY (SELECT ${selected.join(', ')} FROM (${scan})) TO ${quoteLiteral(file)}
    (FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`
}

const cellSql = (type: ColumnType | undefined, column: string): string =>
  type?.kind === 'timestamp' ? `CAST(${column} AS VARCHAR)` : column
