import type { ColumnType, RowCheck } from '@sluice/author'
import { definitionErrors, isSluiceError, unreachable } from '@sluice/core'
import type { Dialect } from './dialect.ts'
import { checkRule, type Rule } from './rule.ts'
import { boundOf, literalOf } from './value.ts'

/** A check that looks at one row alone. */
export type LoneRowCheck = Exclude<RowCheck, { readonly kind: 'unique' }>

export const isLoneRowCheck = (check: RowCheck): check is LoneRowCheck => check.kind !== 'unique'

/** A column where checks are judged. */
export interface TypedColumn {
  readonly type: ColumnType
  /** SQL of the value in its type. */
  readonly typed: string
  /** SQL: there is no value. */
  readonly absent: string
}

/** A rule with SQL that is true for a row that breaks it, false for any other, and never NULL. */
export interface RowRule extends Rule {
  readonly broken: string
}

/**
 * A check over the columns of one row. A missing value breaks `not_null` alone.
 * @throws `definition.invalid` for a column that is not there, a bound or value that is not of its type, and for JSON, which has neither
 * order nor an equality that the engines share.
 */
export function rowRule(check: LoneRowCheck, columns: ReadonlyMap<string, TypedColumn>, dialect: Dialect): RowRule {
  try {
    return { ...checkRule(check), broken: brokenSql(check, (name) => columnOf(columns, name), dialect) }
  } catch (thrown) {
    throw named(check, thrown)
  }
}

function brokenSql(check: LoneRowCheck, of: (name: string) => TypedColumn, dialect: Dialect): string {
  switch (check.kind) {
    case 'not_null':
      return check.columns.map((name) => `(${of(name).absent})`).join(' OR ') || 'false'
    case 'within': {
      const column = of(check.column)
      const sides = [
        ...(check.min === null ? [] : [beyondSql(column, check.min, 'min', dialect)]),
        ...(check.max === null ? [] : [beyondSql(column, check.max, 'max', dialect)]),
      ]
      // NaN is the greatest double to both engines, and within no bounds.
      const nan = column.type.kind === 'double' ? [`${column.typed} = ${dialect.value(column.type, 'NaN')}`] : []
      return sides.length === 0 ? 'false' : present(column, [...sides, ...nan].join(' OR '))
    }
    case 'accepted': {
      const column = of(check.column)
      const values = check.values.map((value) => dialect.value(column.type, literalOf(column.type, value)))
      return present(column, values.length === 0 ? 'true' : `NOT ${dialect.among(column.typed, values)}`)
    }
    default:
      return unreachable(check)
  }
}

const present = ({ absent }: TypedColumn, condition: string): string => `(NOT (${absent}) AND (${condition}))`

function beyondSql({ type, typed }: TypedColumn, text: string, side: 'min' | 'max', dialect: Dialect): string {
  const bound = boundOf(type, text, side)
  const operator = side === 'min' ? '<' : '>'
  if ('beyond' in bound) return String((side === 'min') === (bound.beyond === 'greatest'))
  return `${dialect.ordered(type, typed)} ${operator} ${dialect.ordered(type, dialect.value(type, bound.text))}`
}

/** Rows of one batch that share a key, of which the first stays. */
export interface UniqueRule extends Rule {
  /** SQL over one row: it has all columns of the key. A row that lacks one repeats no other. */
  readonly present: string
  /** SQL: what tells keys apart. */
  readonly keys: readonly string[]
}

export function uniqueCheck(check: Extract<RowCheck, { kind: 'unique' }>, columns: ReadonlyMap<string, TypedColumn>): UniqueRule {
  try {
    const found = check.columns.map((name) => columnOf(columns, name))
    if (found.some(({ type }) => type.kind === 'json'))
      throw definitionErrors.invalid('values of JSON are not compared', { next: 'Check a column of its own that holds the field.' })
    return {
      ...checkRule(check),
      present: found.map(({ absent }) => `NOT (${absent})`).join(' AND ') || 'false',
      keys: found.map(({ typed }) => typed),
    }
  } catch (thrown) {
    throw named(check, thrown)
  }
}

function columnOf(columns: ReadonlyMap<string, TypedColumn>, name: string): TypedColumn {
  const found = columns.get(name)
  if (found !== undefined) return found
  throw definitionErrors.invalid(`there is no column "${name}"`, {
    facts: { column: name, columns: [...columns.keys()] },
    next: 'Declare the column or correct the check.',
  })
}

const named = (check: RowCheck, thrown: unknown): unknown =>
  isSluiceError(thrown)
    ? thrown.with({ message: `${checkRule(check).id}: ${thrown.message}`, facts: { check: checkRule(check).id } })
    : thrown
