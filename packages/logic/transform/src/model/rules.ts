import { type RowCheck as Check, type ColumnType, checkId } from '@sluice/author'
import type { Cast } from '@sluice/duckdb'
import { boundSql, literalSql } from './bounds.ts'

/** One rule of a model, in the order in which the first broken one is recorded. Its number is its place in the list, from 1. */
export interface Rule {
  readonly id: string
  /** Column, or columns with commas between. */
  readonly place: string
  /** SQL that is true when the row breaks the rule; `undefined` for `unique`, which looks at other rows. */
  readonly broken: string | undefined
}

/** How a column is spelled where rules are judged: as the query gave it, and cast. */
export interface JudgedColumn {
  readonly name: string
  readonly type: ColumnType
  readonly notNull: boolean
  /** DuckDB type of the raw value. */
  readonly source: string
  readonly cast: Cast
  readonly raw: string
  readonly typed: string
}

/** Casts of all columns, then lengths, then NOT NULL of the columns, then the checks of one row, then those across rows. */
export function rulesOf(columns: readonly JudgedColumn[], checks: readonly Check[]): readonly Rule[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  const across = checks.filter((check) => check.kind === 'unique')
  const alone = checks.filter((check) => check.kind !== 'unique')
  return [
    ...columns.flatMap(castRules),
    ...columns.flatMap(lengthRule),
    ...columns.filter((column) => column.notNull).map((column) => rule('not_null', column.name, `${column.typed} IS NULL`)),
    ...alone.map((check) => ({ id: checkId(check), place: placeOf(check), broken: brokenSql(check, byName) })),
    ...across.map((check) => ({ id: checkId(check), place: placeOf(check), broken: undefined })),
  ]
}

const rule = (kind: string, column: string, broken: string): Rule => ({ id: `${kind}(${column})`, place: column, broken })

const placeOf = (check: Check): string => ('columns' in check ? check.columns.join(',') : check.column)

function castRules({ name, cast, raw, typed }: JudgedColumn): readonly Rule[] {
  if (cast.value === raw) return []
  const lost = `${raw} IS NOT NULL AND ${typed} IS NULL`
  const exact = cast.inexact === undefined ? [] : [rule('exact', name, `${lost} AND ${cast.inexact}`)]
  return [...exact, rule('type', name, lost)]
}

function lengthRule({ name, type, typed }: JudgedColumn): readonly Rule[] {
  return type.kind === 'text' && type.max !== undefined ? [rule('length', name, `length(${typed}) > ${type.max}`)] : []
}

function brokenSql(check: Exclude<Check, { kind: 'unique' }>, columns: ReadonlyMap<string, JudgedColumn>): string {
  const typed = (name: string) => columns.get(name)?.typed ?? 'NULL'
  switch (check.kind) {
    case 'not_null':
      return check.columns.map((name) => `${typed(name)} IS NULL`).join(' OR ')
    case 'within': {
      const type = typeOf(check.column, columns)
      const below = check.min === null ? [] : [`${typed(check.column)} < ${boundSql(type, check.min, 'min')}`]
      const above = check.max === null ? [] : [`${typed(check.column)} > ${boundSql(type, check.max, 'max')}`]
      return [...below, ...above].join(' OR ') || 'false'
    }
    case 'accepted': {
      const type = typeOf(check.column, columns)
      const values = check.values.map((value) => literalSql(type, value)).join(', ')
      return `${typed(check.column)} NOT IN (${values === '' ? 'NULL' : values})`
    }
    default:
      return check satisfies never
  }
}

const typeOf = (name: string, columns: ReadonlyMap<string, JudgedColumn>): ColumnType => columns.get(name)?.type ?? { kind: 'text' }
