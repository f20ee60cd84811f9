import { DeltaError } from '../errors.ts'
import { type DeltaType, type Field, toDuckType } from '../schema/schema.ts'
import { quoteLiteral } from '../sql.ts'

/**
 * The form by which the value of a partition column is partitioned (PROTOCOL.md, Partition Value Serialization). `sql` is an expression in
 * the column's type. An instant becomes its ISO-8601 text in UTC, because a text without a zone means the writer's local time. An empty
 * string becomes NULL, because the format has one form for both. For the other types DuckDB's text is the text of the format, and sorting
 * by the type is faster than by its text.
 */
export function partitionText(sql: string, type: DeltaType): string {
  switch (type) {
    case 'string':
      return `nullif(${sql}, '')`
    case 'timestamp':
      return `strftime((${sql}) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')`
    case 'timestamp_ntz':
      return `strftime(${sql}, '%Y-%m-%d %H:%M:%S.%f')`
    default:
      return sql
  }
}

/** A partition value from the log as a typed SQL constant. */
export function partitionConstant(text: string | null | undefined, type: DeltaType): string {
  const sqlType = toDuckType(type)
  return text === null || text === undefined || text === '' ? `CAST(NULL AS ${sqlType})` : `CAST(${quoteLiteral(text)} AS ${sqlType})`
}

const legalTexts: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  timestamp_ntz: /^\d{4}-\d\d-\d\d [\d:.]+$/,
}

/** Refuses values that other readers cannot parse: infinite dates and years of five digits. */
export function checkPartitionValue(field: Field, text: string | null): void {
  if (text === null) {
    if (!field.nullable) {
      throw new DeltaError(
        'rows.invalid',
        `The required column ${field.name} contains NULL.`,
        'Filter the rows, or make the column nullable.',
        { column: field.name },
      )
    }
    return
  }
  const legal = typeof field.type === 'string' ? legalTexts[field.type] : undefined
  if (legal !== undefined && !legal.test(text)) {
    throw new DeltaError(
      'rows.invalid',
      `The partition column ${field.name} contains ${text}, which a partition value cannot represent.`,
      'Replace the value in the query.',
      { column: field.name },
    )
  }
}
