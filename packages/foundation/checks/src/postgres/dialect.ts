import type { ColumnType } from '@sluice/author'
import { type Conversion, type Dialect, type Spelling, whole } from '../dialect.ts'
import { fits } from '../trust.ts'
import { conversionOf, trustedConversion, typedConversion } from './conversion.ts'

export interface PostgresDialect extends Dialect {
  /**
   * From text to a type. `trusted`: the texts are those of values of that type, as their engine writes them, so that nothing is judged that
   * cannot happen; whatever happens all the same, the cast itself refuses.
   */
  readonly conversion: (type: ColumnType, text: string, trusted?: ColumnType) => Conversion
  /** From a value of the server's own type: what is left to judge are years that the stores do not share. */
  readonly typed: (type: ColumnType, value: string) => Conversion
}

export function postgresDialect(spelling: Spelling): PostgresDialect {
  const cast = (type: ColumnType, sql: string): string => (type.kind === 'text' ? sql : `${sql}::${spelling.type(type)}`)
  return {
    value: (type, text) => cast(type, spelling.literal(text)),
    // The order of texts is otherwise that of the database's locale.
    ordered: (type, sql) => (type.kind === 'text' ? `${sql} collate "C"` : sql),
    among: (sql, values) => `(${sql} in (${values.join(', ')}))`,
    matches: (sql, pattern) => `(${sql} ~ ${spelling.literal(whole(pattern))})`,
    typed: typedConversion,
    conversion: (type, text, trusted) =>
      trusted !== undefined && fits(trusted, type) ? trustedConversion(type, text, spelling) : conversionOf(type, text, spelling),
  }
}
