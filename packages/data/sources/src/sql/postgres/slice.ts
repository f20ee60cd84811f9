import type { SqlSource } from '@sluice/author'
import { quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { sourceErrors } from '../../errors.ts'
import type { RowsAsked } from '../database.ts'
import type { PostgresColumn } from './columns.ts'

/** Statements about the column by which an incremental source goes. Their answers are texts as the database writes them. */
export interface SliceStatements {
  /** Where the slice begins, `undefined` where all rows are asked for; a SELECT of one value. */
  readonly begin: string | undefined
  /** The condition of its rows, once it is known where it begins. */
  readonly where: (since: string) => string
  /**
   * SELECT of the greatest value: of the rows of the slice, and what was seen before. Beside it `ahead` rows whose time lies too far ahead
   * to be it, the greatest of those, and `there`: whether the slice has a value at all.
   */
  readonly greatest: (from: string, since: string | null) => string
  /** SELECT of the greatest value that there is, asked where the slice has none. */
  readonly last: (from: string) => string
}

/** Of a type of column: that of its bounds, a bound less a number or a span, and what tells values that lie behind all others. */
interface Ordered {
  readonly bound: string
  readonly less: (bound: string, overlap: number) => string
  readonly isFinite: (value: string) => string
  /** Whether a value is a time that lies so many milliseconds ahead. */
  readonly isAhead: (value: string, ms: number) => string
}

const lessMs = (bound: string, ms: number): string => `(${bound} - pg_catalog.make_interval(secs => ${ms / 1000}))`
const ofTime = (bound: string): Ordered => ({
  bound,
  less: lessMs,
  isFinite: (value) => `pg_catalog.isfinite(${value})`,
  // The time zone of the session is UTC.
  isAhead: (value, ms) => `${value} > ${lessMs('pg_catalog.now()', -ms)}::pg_catalog.${bound}`,
})
/** An index of any of the whole types serves a bound of the widest. */
const whole: Ordered = {
  bound: 'int8',
  less: (bound, overlap) => `greatest(pg_catalog.floor(${bound}::pg_catalog.numeric - ${overlap}), -9223372036854775808)`,
  isFinite: () => 'true',
  isAhead: () => 'false',
}
const broken = (bound: string): Ordered => ({
  bound,
  less: (value, overlap) => `(${value}::pg_catalog.numeric - ${overlap})`,
  isFinite: (value) => `${value} not in (${['NaN', 'Infinity', '-Infinity'].map((word) => `'${word}'::pg_catalog.${bound}`).join(', ')})`,
  isAhead: () => 'false',
})

const times: Readonly<Record<string, Ordered>> = {
  timestamptz: ofTime('timestamptz'),
  timestamp: ofTime('timestamp'),
  date: ofTime('date'),
}
const numbers: Readonly<Record<string, Ordered>> = {
  int2: whole,
  int4: whole,
  int8: whole,
  numeric: broken('numeric'),
  float4: broken('float4'),
  float8: broken('float8'),
}

/**
 * Rows without a value come with every slice, since nothing says when they were changed. Values that lie behind all others (`infinity`,
 * `NaN`) are not seen: behind them nothing would be new any more.
 * @throws `source.sql` for a column that is not there, or that no overlap of this unit is subtracted from
 */
export function sliceStatements(
  { source: { name, incremental }, seen, since: again }: Pick<RowsAsked, 'source' | 'seen' | 'since'>,
  columns: readonly PostgresColumn[],
): SliceStatements | undefined {
  if (incremental === undefined) return undefined
  const { column, overlap, unit, aheadMs } = incremental
  const found = columns.find((each) => each.name === column)
  const ordered = found?.kind === 'nested' ? undefined : (times[found?.base ?? ''] ?? numbers[found?.base ?? ''])
  if (found === undefined || ordered === undefined) throw noColumn(name, column, columns)
  if (found.base in times !== (unit === 'ms') && overlap > 0) throw otherUnit(name, incremental, found.type)
  const of = quoteIdentifier(column)
  const bound = (text: string): string => `${quoteLiteral(text)}::pg_catalog.${ordered.bound}`
  const less = (text: string): string => (overlap > 0 ? ordered.less(bound(text), overlap) : bound(text))
  const begin = again === undefined ? seen && `${less(seen)}::pg_catalog.${ordered.bound}` : again && bound(again)
  return {
    begin: begin === null ? undefined : `select ${begin}::pg_catalog.text as value`,
    where: (since) => `(${of} >= ${bound(since)} or ${of} is null)`,
    greatest: (source, since) => {
      const conditions = [ordered.isFinite(of), ...(since === null ? [] : [`${of} >= ${bound(since)}`])].join(' and ')
      const before = seen === null ? '' : ` union all select ${bound(seen)}, false`
      const rows = `select ${of} as value, ${ordered.isAhead(of, aheadMs)} as ahead from ${source} where ${conditions}${before}`
      return `select pg_catalog.max(value) filter (where not ahead)::pg_catalog.text as value, least(pg_catalog.count(*) filter (where ahead), 2147483647)::pg_catalog.int4 as ahead,
        pg_catalog.max(value) filter (where ahead)::pg_catalog.text as farthest, pg_catalog.count(*) > ${seen === null ? 0 : 1} as there from (${rows}) as seen`
    },
    last: (source) => `select pg_catalog.max(${of}) filter (where ${ordered.isFinite(of)})::pg_catalog.text as value from ${source}`,
  }
}

const noColumn = (source: string, column: string, columns: readonly PostgresColumn[]) => {
  const found = columns.find(({ name }) => name === column)
  return sourceErrors.sql(
    `sqlSource ${source}: ${found === undefined ? `there is no column "${column}"` : `the column "${column}" is ${found.type}`}, and mode.incremental goes by a column of time or a number`,
    {
      facts: { source, column },
      next: `Name a column that grows with each change; there are ${columns.map(({ name, type }) => `${name} (${type})`).join(', ')}.`,
    },
  )
}

const otherUnit = (source: string, { column, unit }: NonNullable<SqlSource['incremental']>, type: string) =>
  sourceErrors.sql(`sqlSource ${source}: the overlap is ${unit === 'ms' ? 'a span of time' : 'a number'}, and "${column}" is ${type}`, {
    facts: { source, column },
    next: unit === 'ms' ? 'Write the overlap as a number.' : "Write the overlap as a span of time: '1h'.",
  })
