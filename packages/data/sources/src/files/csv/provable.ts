import type { ColumnType } from '@sluice/author'
import { describedType } from '@sluice/duckdb'

/**
 * How the texts of a column are written where DuckDB reads each as the value that the judge of rows gives it, so that it may read the
 * column as its type. All other texts that are values of the type are the judge's, as are those that are not.
 *
 * - `integer`: a sign `-` at most, digits, the value not above `most`, or 18 of them
 * - `decimal`, `double`: the same with a point and digits behind it, at most `before` and `behind` of them
 * - `boolean`: `true`, `false`
 * - `date`: a day of the calendar as `2026-11-30`
 * - `timestamp`: such a day, `T` or a space, `09:30:00` with up to six digits behind it, `Z`
 */
export type Written =
  | { readonly kind: 'integer'; readonly most: number | undefined }
  | { readonly kind: 'decimal' | 'double'; readonly before: number; readonly behind: number }
  | { readonly kind: 'boolean' | 'date' | 'timestamp' }

/** A column that may be found to be written so. */
export interface Provable {
  readonly written: Written
  /** The type that it is read as, as DuckDB tells it. */
  readonly type: string
}

/** `undefined`: DuckDB's own reading of the type is not exact, or slower than the judge's. */
export function provableOf(type: ColumnType): Provable | undefined {
  const written = writtenAs(type)
  return written && { written, type: describedType(type) }
}

function writtenAs(type: ColumnType): Written | undefined {
  switch (type.kind) {
    case 'integer':
      return { kind: 'integer', most: 2_147_483_647 }
    case 'bigint':
      return { kind: 'integer', most: undefined }
    case 'decimal':
      // The cast to more digits takes 8 us a value.
      return type.precision > 18 || type.precision === type.scale
        ? undefined
        : { kind: 'decimal', before: type.precision - type.scale, behind: type.scale }
    case 'double':
      return { kind: 'double', before: 20, behind: 40 }
    case 'boolean':
    case 'date':
    case 'timestamp':
      return { kind: type.kind }
    default:
      return undefined
  }
}
