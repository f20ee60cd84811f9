import { type Duration, durationMs } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import {
  aDataset,
  aStatement,
  aText,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  type Wanted,
} from '../base/shape.ts'
import type { Sql } from '../sql/parts.ts'
import type { AnyDataset } from './any-dataset.ts'
import { portablePattern } from './portable-pattern.ts'
import type { RowCheck } from './row-checks.ts'

/** A rule of the rows that a dataset holds. A missing value breaks `not_null` alone, and a rule that looks at the newest value. */
export type QualityRule = RowCheck | Matches | Length | InOrder | RefersTo | RowCount | Fresh | Violations

export interface NotNull<Name extends string = string> {
  readonly kind: 'not_null'
  readonly columns: readonly Name[]
}
export interface Accepted<Name extends string = string> {
  readonly kind: 'accepted'
  readonly column: Name
  readonly values: readonly string[]
}
/** The whole text has the form of the pattern. */
export interface Matches<Name extends string = string> {
  readonly kind: 'matches'
  readonly column: Name
  readonly pattern: string
}
/** Characters of a text, as code points. */
export interface Length<Name extends string = string> {
  readonly kind: 'length'
  readonly column: Name
  readonly min: number | null
  readonly max: number | null
}
/** No value is greater than that of a column behind it. */
export interface InOrder<Name extends string = string> {
  readonly kind: 'in_order'
  readonly columns: readonly Name[]
}
/** The row that the columns name is there. */
export interface RefersTo<Name extends string = string> {
  readonly kind: 'refers_to'
  readonly columns: readonly Name[]
  readonly to: AnyDataset
  readonly on: readonly string[]
}
export interface RowCount {
  readonly kind: 'row_count'
  readonly min: number | null
  readonly max: number | null
}
/** The newest value is so old at most, at the run's logical time. */
export interface Fresh<Name extends string = string> {
  readonly kind: 'fresh'
  readonly column: Name
  readonly withinMs: number
  readonly within: string
}
/** Rows that a query selects break it. */
export interface Violations {
  readonly kind: 'violations'
  readonly name: string
  readonly sql: Sql
  readonly reads: readonly AnyDataset[]
}

const aCount: Wanted = { is: (value) => Number.isSafeInteger(value) && (value as number) >= 0, called: 'a whole number from 0' }

function columnsOf<N extends string>(where: string, columns: readonly N[], least: number): readonly N[] {
  refuseOtherList(where, 'the columns', columns, aText)
  if (columns.length < least)
    throw refused(where, `it names ${columns.length} columns`, `Name ${least === 1 ? 'a column' : `${least} columns or more`}.`)
  return frozen([...columns])
}

/** @throws `definition.invalid` without a column */
export const notNull = <const N extends string>(...columns: readonly N[]): NotNull<N> =>
  frozen({ kind: 'not_null', columns: columnsOf('notNull()', columns, 1) })

/** Null passes. @throws `definition.invalid` without a value */
export function accepted<const N extends string>(column: N, values: readonly (string | number | boolean)[]): Accepted<N> {
  if (!Array.isArray(values) || values.length === 0) {
    throw refused(`accepted('${column}')`, 'it accepts no value', `List them: accepted('${column}', ['open', 'closed']).`)
  }
  return frozen({ kind: 'accepted', column, values: values.map(String) })
}

/**
 * The whole text has the form of a pattern, in the words that DuckDB, PostgreSQL and JavaScript read alike. Null passes.
 * @throws `definition.invalid` for a pattern with other words
 */
export function matches<const N extends string>(column: N, pattern: string | RegExp): Matches<N> {
  return frozen({ kind: 'matches', column, pattern: portablePattern(`matches('${column}')`, pattern) })
}

const address = '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}'

/** The text has the form of an e-mail address. Null passes. */
export const emailAddress = <const N extends string>(column: N): Matches<N> => matches(column, address)

/** Null passes. @throws `definition.invalid` without a bound */
export const length = <const N extends string>(column: N, bounds: { readonly min?: number; readonly max?: number }): Length<N> =>
  frozen({ kind: 'length', column, ...boundsOf(`length('${column}')`, bounds) })

/** @throws `definition.invalid` without a bound */
export const rowCount = (bounds: { readonly min?: number; readonly max?: number }): RowCount =>
  frozen({ kind: 'row_count', ...boundsOf('rowCount()', bounds) })

function boundsOf(where: string, bounds: { readonly min?: number; readonly max?: number }) {
  refuseOddOptions(where, bounds, ['min', 'max'])
  refuseOtherValues(where, bounds, { min: aCount, max: aCount })
  const { min = null, max = null } = bounds
  if (min === null && max === null) throw refused(where, 'it has no bound and accepts everything', 'Give min, max or both.')
  return { min, max }
}

/** Dates and times that follow each other: none is later than the one behind it. Where one is null it is not compared. */
export const inOrder = <const N extends string>(...columns: readonly N[]): InOrder<N> =>
  frozen({ kind: 'in_order', columns: columnsOf('inOrder()', columns, 2) })

/**
 * The row of another dataset of the same store that a column names is there. A null refers to nothing, and passes.
 * @param on the columns there: its key unless given
 * @throws `definition.invalid` for another number of columns than the key has
 */
export function refersTo<const N extends string>(columns: N | readonly N[], to: AnyDataset, on: readonly string[] = to.key): RefersTo<N> {
  const where = `refersTo('${String(columns)}')`
  refuseOther(where, 'the dataset', to, aDataset)
  const own = columnsOf(where, typeof columns === 'string' ? [columns] : columns, 1)
  const unknown = on.find((name) => to.columns[name] === undefined)
  if (unknown !== undefined) throw refused(where, `${to.id} has no column ${unknown}`, 'Name a column that it has.')
  if (own.length !== on.length) {
    const what = `it names ${own.length} columns, and ${on.length === 0 ? 'no key' : on.join(', ')} of ${to.id}`
    throw refused(where, what, 'Name as many columns on both sides.')
  }
  return frozen({ kind: 'refers_to', columns: own, to, on: [...on] })
}

/** The newest value of a timestamp is so old at most, at the run's logical time. A dataset without a value is not fresh. */
export const freshness = <const N extends string>(column: N, within: Duration): Fresh<N> =>
  frozen({ kind: 'fresh', column, within, withinMs: durationMs(within) })

/**
 * Rows that a query selects break the rule: `violations('paid twice', sql`select ... from ${orders} where ...`)`.
 * @param reads other datasets that the query names
 */
export function violations(name: string, sql: Sql, { reads = [] }: { readonly reads?: readonly AnyDataset[] } = {}): Violations {
  refuseOther('violations()', 'the name', name, aText)
  refuseOther(`violations('${name}')`, 'the query', sql, aStatement)
  refuseOtherList(`violations('${name}')`, 'reads', reads, aDataset)
  return frozen({ kind: 'violations', name, sql, reads })
}

/** `error` fails the step, `warning` tells. */
export type QualitySeverity = 'error' | 'warning'

/** How many rows may break a rule: a number, or a share of those that it looks at. */
export type Tolerance = number | `${number}%`

export interface Grade {
  readonly severity: QualitySeverity
  readonly atMost: Tolerance
  /** A condition over the columns of a row: the rule looks at no other rows. */
  readonly where: Sql | undefined
  readonly name: string | undefined
}

/** A rule with what it takes to fail. */
export interface Graded<R extends QualityRule = QualityRule> extends Grade {
  readonly kind: 'graded'
  readonly rule: R
}

export const ofTable = (rule: QualityRule): boolean => rule.kind === 'row_count' || rule.kind === 'fresh'

/** @throws `definition.invalid` for a tolerance of a rule that looks at no single rows */
export function graded<const R extends QualityRule>(
  rule: R,
  grade: { readonly severity?: QualitySeverity; readonly atMost?: Tolerance; readonly where?: Sql<never>; readonly name?: string },
): Graded<R> {
  const where = `graded(${rule.kind})`
  refuseOddOptions(where, grade, ['severity', 'atMost', 'where', 'name'])
  refuseOtherValues(where, grade, { severity: aSeverity, atMost: aTolerance, where: aStatement, name: aText })
  if (grade.atMost !== undefined && ofTable(rule))
    throw refused(where, 'a rule of the whole dataset has no rows that break it', 'Leave atMost out.')
  if (grade.where !== undefined && rule.kind === 'violations')
    throw refused(where, 'a query says itself which rows it looks at', 'Write the condition into the query.')
  return frozen({ ...noGrade, ...grade, kind: 'graded', rule })
}

export const noGrade: Grade = frozen({ severity: 'error', atMost: 0, where: undefined, name: undefined })

const aSeverity: Wanted = { is: (value) => value === 'error' || value === 'warning', called: "'error' or 'warning'" }
const aTolerance: Wanted = {
  is: (value) => aCount.is(value) || (typeof value === 'string' && /^\d{1,3}(\.\d+)?%$/.test(value) && Number.parseFloat(value) <= 100),
  called: "a number of rows or a share such as '1%'",
}
