import type { ColumnType, RowCheck } from '@sluice/author'
import { firstOf, unreachable } from '@sluice/core'

/**
 * What a row can break. The first six are about one value and its column:
 *
 * - `not_null`: there is none where there must be one;
 * - `type`: the text is not a value of the type at all;
 * - `range`: it is one, and lies beyond what the type holds;
 * - `exact`: it is one, and would have to be rounded;
 * - `length`: the text has more characters than the column takes;
 * - `characters`: the text holds a character that a store cannot hold: NUL, or half of a surrogate pair.
 *
 * `rounded` does not send a row to quarantine: the value of a column that says `round` lost digits.
 *
 * `within` and `accepted` are checks of one value, `unique` compares rows of one batch. `exists` (a row of another batch has the key),
 * `orphan` (the row referred to is missing) and `partition` (that of the row is gone) are of loads into tables; so are `constraint` (one
 * that was made by hand refuses the row) and `refused` (the engine does, for another reason: its own code stands in the id).
 */
export type RuleKind =
  | 'not_null'
  | 'type'
  | 'range'
  | 'exact'
  | 'length'
  | 'characters'
  | 'rounded'
  | RowCheck['kind']
  | 'exists'
  | 'orphan'
  | 'partition'
  | 'constraint'
  | 'refused'

export interface Rule {
  /** What a row in quarantine carries: `within(price)`, `unique(asset_id,seen_at)`. The same in every store. */
  readonly id: string
  readonly kind: RuleKind
  /** Those at fault. */
  readonly columns: readonly string[]
  /** A sentence for people. */
  readonly message: string
}

const ruleId = (kind: RuleKind, columns: readonly string[]): string => `${kind}(${columns.join(',')})`

const rule = (kind: RuleKind, columns: readonly string[], message: string): Rule => ({ id: ruleId(kind, columns), kind, columns, message })

/** The rule that a value breaks which does not become its column's type, or is missing there. */
export function valueRule(kind: ValueRuleKind, column: string, type: ColumnType): Rule {
  return rule(kind, [column], `${column} ${valueMessage(kind, type)}`)
}

export type ValueRuleKind = 'not_null' | 'type' | 'range' | 'exact' | 'length' | 'characters'

function valueMessage(kind: ValueRuleKind, type: ColumnType): string {
  switch (kind) {
    case 'not_null':
      return 'is missing'
    case 'type':
      return `is not ${nameOf(type)}`
    case 'range':
      return `lies beyond what ${nameOf(type)} holds`
    case 'exact':
      return `has more digits than ${nameOf(type)} holds`
    case 'length':
      return `is longer than ${type.kind === 'text' ? (type.max ?? 0) : 0} characters`
    case 'characters':
      return 'holds a character that no store can hold: NUL, or half of a surrogate pair'
    default:
      return unreachable(kind)
  }
}

function nameOf(type: ColumnType): string {
  switch (type.kind) {
    case 'text':
      return 'text'
    case 'integer':
      return 'an integer of 32 bits'
    case 'bigint':
      return 'an integer of 64 bits'
    case 'double':
      return 'a floating point number'
    case 'boolean':
      return 'true or false'
    case 'date':
      return 'a date (YYYY-MM-DD)'
    case 'timestamp':
      return 'a timestamp (YYYY-MM-DD HH:MM:SS, with microseconds and an offset if need be)'
    case 'decimal':
      return `a decimal(${type.precision},${type.scale})`
    case 'json':
      return 'JSON'
    default:
      return unreachable(type)
  }
}

/** What happened to the value of a column that says `round`. */
export const roundedRule = (column: string, type: ColumnType): Rule =>
  rule('rounded', [column], `${column} is rounded to what ${nameOf(type)} holds`)

/** The rule that a body breaks, or an element of one, which does not have the declared form. `place`: a column, or a path in a body. */
export const formRule = (place: string): Rule => rule('type', [place], `${place} does not have the declared form`)

/** The rule of a declared check. */
export const checkRule = (check: RowCheck): Rule => rule(check.kind, columnsOf(check), checkMessage(check))

export const columnsOf = (check: RowCheck): readonly string[] => ('columns' in check ? check.columns : [check.column])

const shown = 10

function checkMessage(check: RowCheck): string {
  switch (check.kind) {
    case 'not_null':
      return `${check.columns.join(' or ')} is missing`
    case 'unique':
      return repeated(check.columns)
    case 'within': {
      const bounds = [...(check.min === null ? [] : [`at least ${check.min}`]), ...(check.max === null ? [] : [`at most ${check.max}`])]
      return `${check.column} must be ${bounds.join(' and ')}`
    }
    case 'accepted':
      return `${check.column} must be one of ${firstOf(check.values, shown)}`
    default:
      return unreachable(check)
  }
}

const repeated = (columns: readonly string[]): string => `an earlier row of the batch has the same ${columns.join(', ')}`

/** The rules of a load, which look at other rows. */
export const uniqueRule = (columns: readonly string[]): Rule => rule('unique', columns, repeated(columns))
export const existsRule = (columns: readonly string[]): Rule =>
  rule('exists', columns, `another batch has written a row with the same ${columns.join(', ')}`)
/** What the engine refused, in its words. `what`: the constraint, the column, or the code of the error. */
export const refusalRule = (kind: 'not_null' | 'constraint' | 'refused', what: string, message: string): Rule => rule(kind, [what], message)
export const orphanRule = (columns: readonly string[]): Rule =>
  rule('orphan', columns, `the row that ${columns.join(', ')} refers to is missing`)
/** A retention has dropped the partition of the row, or would drop the row. */
export const partitionRule = (column: string): Rule => rule('partition', [column], `${column} lies before the time of which rows are kept`)
