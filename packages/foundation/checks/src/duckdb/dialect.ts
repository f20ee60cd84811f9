import type { ColumnType } from '@sluice/author'
import type { Conversion, Dialect, Spelling } from '../dialect.ts'
import { conversionOf } from './conversion.ts'

export interface DuckdbDialect extends Dialect {
  /** From SQL of a DuckDB type. `undefined` where no conversion has a meaning: then the author writes one in SQL. */
  readonly conversion: (type: ColumnType, source: string, sql: string) => Conversion | undefined
}

export function duckdbDialect({ literal, type: typeOf }: Spelling): DuckdbDialect {
  return {
    value: (type, text) => (type.kind === 'text' ? literal(text) : `CAST(${literal(text)} AS ${typeOf(type)})`),
    ordered: (_, sql) => sql,
    conversion: conversionOf,
  }
}
