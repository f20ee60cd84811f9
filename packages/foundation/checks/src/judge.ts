import type { ColumnType, RowCheck } from '@sluice/author'
import { isLoneRowCheck, rowRule, type TypedColumn, type UniqueRule, uniqueCheck } from './check.ts'
import type { Conversion, Dialect } from './dialect.ts'
import { type Rule, type ValueRuleKind, valueRule } from './rule.ts'

/** A column on its way into a table. */
export interface IncomingColumn {
  readonly name: string
  readonly type: ColumnType
  /** A row without a value breaks `not_null`. */
  readonly required: boolean
  readonly conversion: Conversion
  /** SQL of the converted value, where it has a name of its own; else the conversion itself. */
  readonly typed?: string
}

/** What the rows of a batch can break, and the SQL that finds it. */
export interface Judgement {
  /** In the order in which they are looked at. A rule's number is its place in the list, from 1. */
  readonly rules: readonly Rule[]
  /** SQL over one row: the number of the first rule that it breaks, NULL when it breaks none. `undefined` where no row can break any. */
  readonly firstBroken: string | undefined
  /** Rules that look at several rows, with their numbers. To be judged on the rows that break none of the others. */
  readonly unique: readonly { readonly number: number; readonly rule: UniqueRule }[]
}

/** Column by column: conversion, then presence; then the checks of one row; then those that compare rows. */
export function judge(columns: readonly IncomingColumn[], checks: readonly RowCheck[], dialect: Dialect): Judgement {
  const rules: Rule[] = []
  const numberOf = (rule: Rule): number => rules.push(rule)
  const typed = new Map(columns.map((column) => [column.name, typedOf(column)]))
  const cases = columns.flatMap((column) => columnCase(column, numberOf))
  const ofRow = checks.filter(isLoneRowCheck).map((check) => {
    const { broken, ...rule } = rowRule(check, typed, dialect)
    return `WHEN ${broken} THEN ${numberOf(rule)}`
  })
  const all = ofRow.length === 0 ? cases : [...cases, `CASE ${ofRow.join(' ')} END`]
  const unique = checks.flatMap((check) => {
    if (check.kind !== 'unique') return []
    const { present, keys, ...rule } = uniqueCheck(check, typed)
    return [{ number: numberOf(rule), rule: { ...rule, present, keys } }]
  })
  return { rules, firstBroken: all.length > 1 ? `COALESCE(${all.join(', ')})` : all[0], unique }
}

const typedOf = ({ type, conversion, typed }: IncomingColumn): TypedColumn => ({
  type,
  typed: typed ?? conversion.value,
  absent: conversion.absent,
})

function columnCase(column: IncomingColumn, numberOf: (rule: Rule) => number): readonly string[] {
  const { name, type, required, conversion } = column
  const numbers = new Map<ValueRuleKind, number>()
  const number = (kind: ValueRuleKind): number => {
    const known = numbers.get(kind) ?? numberOf(valueRule(kind, name, type))
    numbers.set(kind, known)
    return known
  }
  const arms = conversion.arms(typedOf(column).typed)
  const absent = arms.length === 0 && !required ? [] : [`WHEN ${conversion.absent} THEN ${required ? number('not_null') : 'NULL'}`]
  const whens = [...absent, ...arms.map(({ when, breaks }) => `WHEN ${when} THEN ${breaks === null ? 'NULL' : number(breaks)}`)]
  return whens.length === 0 ? [] : [`CASE ${whens.join(' ')} END`]
}
