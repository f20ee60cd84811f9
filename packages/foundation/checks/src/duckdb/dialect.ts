import type { ColumnType } from '@sluice/author'
import type { Dialect, Spelling } from '../dialect.ts'
import { wayOf } from './conversion.ts'
import { type Conversions, conversionsOf, type SourceColumn } from './conversions.ts'
import { fullMatch, isAmong } from './text.ts'

export interface DuckdbDialect extends Dialect {
  /** Of columns of a SELECT. */
  readonly conversions: (select: string, columns: readonly SourceColumn[]) => Conversions
  /** Whether a conversion from the DuckDB type has a meaning; where it has none the author writes one in SQL. */
  readonly converts: (type: ColumnType, source: string) => boolean
}

export function duckdbDialect({ literal, type: typeOf }: Spelling): DuckdbDialect {
  return {
    value: (type, text) => (type.kind === 'text' ? literal(text) : `CAST(${literal(text)} AS ${typeOf(type)})`),
    ordered: (_, sql) => sql,
    among: isAmong,
    matches: fullMatch,
    conversions: conversionsOf,
    converts: (type, source) => wayOf(type, source, 'x') !== undefined,
  }
}
