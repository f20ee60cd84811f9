import { type RowCheck as Check, type ColumnType, checkId } from '@sluice/author'
import { postgresType } from '@sluice/postgres'
import { checkSql, type RowCheck } from './row-checks.ts'
import type { StagedColumn } from './staged-column.ts'

/** A rule that a staged row can break. */
export interface Rule {
  /**
   * `not_null`, `type(integer)`, `overflow(numeric(38,18))`, `inexact(numeric(38,18))`, `length(20)`, `unique(a, b)`, `exists(a, b)`, `orphan(a, b)`, or the
   * id of a model's check: `within(price)`, `unique(a,b)`.
   */
  readonly rule: string
  /** The column at fault, where it is one. */
  readonly column: string | null
}

export interface ColumnChecks {
  /** The rules by number: the number is the place in this list. */
  readonly rules: readonly Rule[]
  /** SQL over a staged row: the number of the first rule it breaks, else null. Undefined when no column can be wrong. */
  readonly firstBroken: string | undefined
}

/**
 * `whole`: every rule. `silent`: only what a cast or a constraint would let pass or change in silence; the rest is left to fail in the insert, which
 * parses the texts anyway.
 */
export type CheckDepth = 'whole' | 'silent'

/**
 * The checks of one row, column by column in their order. Later conditions of a column count on the earlier ones (CASE stops at the first that holds),
 * so a cast is only reached by text that the type takes; the checks of a model come last, when all columns are sound. A null passes all but `not_null`: the conditions are then null.
 */
export function columnChecks(columns: readonly StagedColumn[], checks: readonly RowCheck[], depth: CheckDepth): ColumnChecks {
  const rules: Rule[] = []
  const whens: string[] = []
  for (const { name, staged, column, required } of columns) {
    const numberOf = (rule: string): number => rules.push({ rule, column: name }) - 1
    if (required && depth === 'whole') whens.push(`when ${staged} is null then ${numberOf('not_null')}`)
    whens.push(...typeChecks(staged, column.type, depth, numberOf))
  }
  for (const check of checks) {
    const number = rules.push({ rule: checkId(check), column: onlyColumn(check) }) - 1
    whens.push(`when ${checkSql(check, columns)} then ${number}`)
  }
  return { rules, firstBroken: whens.length === 0 ? undefined : `case ${whens.join(' ')} end` }
}

const onlyColumn = (check: Check): string | null =>
  'column' in check ? check.column : check.columns.length === 1 ? (check.columns[0] ?? null) : null

function typeChecks(staged: string, type: ColumnType, depth: CheckDepth, numberOf: (rule: string) => number): string[] {
  const name = postgresType(type)
  const whole = depth === 'whole'
  const invalid = `not pg_input_is_valid(${staged}, '${name}')`
  switch (type.kind) {
    case 'text':
      return type.max === undefined ? [] : [`when char_length(${staged}) > ${type.max} then ${numberOf(`length(${type.max})`)}`]
    case 'integer':
    case 'bigint':
    case 'double':
    case 'boolean':
    case 'json':
      return whole ? [`when ${invalid} then ${numberOf(`type(${name})`)}`] : []
    // PostgreSQL also takes 'today', 'infinity' and day-month guesses: only ISO text is a date here.
    case 'date':
      return [`when ${staged} not like '____-__-__'${whole ? ` or ${invalid}` : ''} then ${numberOf(`type(${name})`)}`]
    case 'timestamp':
      return [`when ${staged} not like '____-__-__%'${whole ? ` or ${invalid}` : ''} then ${numberOf(`type(${name})`)}`]
    case 'decimal':
      return decimalChecks(staged, type, depth, {
        wrong: numberOf(`type(${name})`),
        overflow: numberOf(`overflow(${name})`),
        inexact: numberOf(`inexact(${name})`),
      })
    default:
      return type satisfies never
  }
}

/**
 * `numeric(38,18)` rounds further digits silently, so the value is compared with itself unrounded; only texts that can have
 * more digits (or an exponent) pay for the comparison. NaN is a valid numeric and no decimal.
 */
function decimalChecks(
  staged: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
  depth: CheckDepth,
  code: { readonly wrong: number; readonly overflow: number; readonly inexact: number },
): string[] {
  const name = `numeric(${precision},${scale})`
  const has = (character: string): string => `strpos(${staged}, '${character}') > 0`
  const tooLarge = `pg_input_is_valid(${staged}, 'numeric') and ${staged} !~* 'inf'`
  const maybeNan = `${has('n')} or ${has('N')}`
  const mayRound = `octet_length(${staged}) - strpos(${staged}, '.') > ${scale} or ${has('e')} or ${has('E')}`
  const invalid = `when not pg_input_is_valid(${staged}, '${name}') then case when ${tooLarge} then ${code.overflow} else ${code.wrong} end`
  const changed = `when ${maybeNan} then ${code.wrong} when ${staged}::${name} <> ${staged}::numeric then ${code.inexact}`
  const closer = `case ${depth === 'whole' ? '' : invalid} ${changed} end`
  return [...(depth === 'whole' ? [invalid] : []), `when (${mayRound} or ${maybeNan}) and ${closer} is not null then ${closer}`]
}
