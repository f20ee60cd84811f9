import type { AnyDataset, ColumnType } from '@sluice/author'
import { definitionErrors, formatInstant } from '@sluice/core'

/** A value of a test as the text that an engine reads as its column's type. */
export function cellText({ kind }: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'timestamp' && typeof value === 'number') return formatInstant(value)
  return kind === 'json' ? JSON.stringify(value) : String(value)
}

/** The columns that any of the rows names, in the order of the dataset. @throws `definition.invalid` for one that it does not have */
export function columnsNamed({ id, columns }: AnyDataset, rows: readonly object[]): readonly string[] {
  const named = new Set(rows.flatMap((row) => Object.keys(row)))
  const stranger = [...named].find((name) => !Object.hasOwn(columns, name))
  if (stranger !== undefined) {
    throw definitionErrors.invalid(`a row of ${id} has a column ${stranger}, which the dataset does not have`, {
      facts: { dataset: id, column: stranger },
      next: `Name one of ${Object.keys(columns).join(', ')}.`,
    })
  }
  return Object.keys(columns).filter((name) => named.has(name))
}

/** Those that are compared: a test that expects no rows, or none with a column, compares all. */
export function columnsCompared(into: AnyDataset, expect: readonly object[]): readonly string[] {
  const named = columnsNamed(into, expect)
  return named.length === 0 ? Object.keys(into.columns) : named
}

export const valueIn = (row: object, name: string): unknown => (row as Readonly<Record<string, unknown>>)[name]
