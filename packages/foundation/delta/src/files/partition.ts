import { DeltaError } from '../errors.ts'
import { type DeltaType, type Field, toDuckType } from '../schema/schema.ts'
import { quoteLiteral } from '../sql.ts'

/**
 * What a partition column's value (an expression in the column's type) is partitioned by (PROTOCOL.md, Partition Value Serialization): an instant by
 * its ISO-8601 text in UTC, because text without a zone means the writer's local time; an empty string as NULL, because the format cannot tell
 * them apart. DuckDB's own text of the other types is the format's, and sorting by a type is faster than by its text.
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

/** A partition value of the log as a typed SQL constant. */
export function partitionConstant(text: string | null | undefined, type: DeltaType): string {
  const sqlType = toDuckType(type)
  return text === null || text === undefined || text === '' ? `CAST(NULL AS ${sqlType})` : `CAST(${quoteLiteral(text)} AS ${sqlType})`
}

const legalTexts: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  timestamp_ntz: /^\d{4}-\d\d-\d\d [\d:.]+$/,
}

/** Refuses what other readers cannot parse back: infinite and five-digit-year dates. */
export function checkPartitionValue(field: Field, text: string | null): void {
  if (text === null) {
    if (!field.nullable) {
      throw new DeltaError(
        'rows.invalid',
        `The column ${field.name} is required and holds NULL.`,
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
      `The partition column ${field.name} holds ${text}, which the format cannot hold.`,
      'Replace the value in the query.',
      { column: field.name },
    )
  }
}
