import {
  type AnyDataset,
  columnsIn,
  type Graded,
  instant,
  type QualityRule,
  quotedName,
  rawSql,
  type Sql,
  type SqlPart,
} from '@sluice/author'
import { type Instant, unreachable } from '@sluice/core'
import { rowRule, type TypedColumn, uniqueCheck } from '../check.ts'
import type { Dialect } from '../dialect.ts'

/** What is checked of the rows that a dataset holds. */
export interface QualityAsked {
  readonly on: AnyDataset
  readonly checks: readonly Graded[]
  readonly where: Sql | undefined
  /** The run's logical time. */
  readonly now: Instant
}

/**
 * Statements of one row each. Columns: `rows`, and by the place of a check `n0` (with a condition: rows that it looks at), `b0` (those that
 * break it) and `v0` (the newest value).
 */
export interface QualityPlan {
  /** All checks of the dataset alone, in one pass. */
  readonly pass: Sql
  /** Of each check that looks at other datasets. */
  readonly others: readonly Sql[]
}

export function planQuality(asked: QualityAsked, dialect: Dialect): QualityPlan {
  const columns = columnsOf(asked.on)
  const figures = asked.checks.map((check, at) => figuresOf(check, at, { ...asked, columns, dialect }))
  return {
    pass: joined(
      'select count(*) as rows',
      ...figures.flatMap(({ inPass }) => inPass.flatMap((each) => [', ', each])),
      ' from ',
      checkedRows(asked),
    ),
    others: figures.flatMap(({ other }) => other ?? []),
  }
}

interface Looking extends QualityAsked {
  readonly columns: ReadonlyMap<string, TypedColumn>
  readonly dialect: Dialect
}

/** Figures in the pass over the dataset, and the statement of its own. */
interface Figures {
  readonly inPass: readonly Sql[]
  readonly other?: Sql
}

function figuresOf(check: Graded, at: number, looking: Looking): Figures {
  const { rule } = check
  const { columns } = looking
  const own = check.where === undefined ? 'true' : joined('coalesce((', check.where, '), false)')
  const count = (name: string, ...conditions: readonly (Sql | string)[]): Sql =>
    joined(
      'count(*) filter (where ',
      ...conditions.flatMap((each, index) => (index === 0 ? ['(', each, ')'] : [' and (', each, ')'])),
      `) as ${name}${at}`,
    )
  // Without a condition it looks at all rows, which are counted once.
  const looked = check.where === undefined ? [] : [count('n', own)]
  switch (rule.kind) {
    case 'row_count':
      return { inPass: looked }
    case 'fresh': {
      const newest = joined(`max(${column(columns, rule.column).typed}) filter (where `, own, ')')
      const stale = joined('case when ', newest, ' >= ', instant(looking.now - rule.withinMs), ` then 0 else 1 end as b${at}`)
      return { inPass: [...looked, stale, joined(newest, ` as v${at}`)] }
    }
    case 'unique': {
      const { present, keys } = uniqueCheck(rule, columns)
      const key = keys.length === 1 ? keys[0] : `(${keys.join(', ')})`
      const distinct = joined(`count(distinct ${key}) filter (where (`, own, `) and (${present}))`)
      return { inPass: [...looked, joined(`count(*) filter (where (`, own, `) and (${present})) - `, distinct, ` as b${at}`)] }
    }
    case 'refers_to': {
      const present = rule.columns.map((name) => `${quotedName(name)} is not null`).join(' and ')
      const same = rule.on
        .map((name, index) => `referred.${quotedName(name)} = checked.${quotedName(rule.columns[index] ?? '')}`)
        .join(' and ')
      const rows = joined(
        `(select ${rule.columns.map(quotedName).join(', ')} from `,
        checkedRows(looking, own),
        ` and ${present}) as checked`,
      )
      const missing = joined('not exists (select 1 from ', dataset(rule.to), ` as referred where ${same})`)
      return { inPass: looked, other: joined(`select count(*) as b${at} from `, rows, ' where ', missing) }
    }
    case 'violations':
      return { inPass: [], other: joined(`select count(*) as b${at} from (`, rule.sql, '\n) as found') }
    default:
      return { inPass: [...looked, count('b', own, brokenSql(rule, looking))] }
  }
}

type RowKind = Exclude<QualityRule, { readonly kind: 'row_count' | 'fresh' | 'unique' | 'refers_to' | 'violations' }>

/** SQL: the row breaks the rule. Never NULL. */
function brokenSql(rule: RowKind, { columns, dialect }: Pick<Looking, 'columns' | 'dialect'>): string {
  switch (rule.kind) {
    case 'not_null':
    case 'within':
    case 'accepted':
      return rowRule(rule, columns, dialect).broken
    case 'matches': {
      const { typed, absent } = column(columns, rule.column)
      return `not (${absent}) and not ${dialect.matches(typed, rule.pattern)}`
    }
    case 'length': {
      const { typed, absent } = column(columns, rule.column)
      const sides = [
        ...(rule.min === null ? [] : [`length(${typed}) < ${rule.min}`]),
        ...(rule.max === null ? [] : [`length(${typed}) > ${rule.max}`]),
      ]
      return `not (${absent}) and (${sides.join(' or ')})`
    }
    case 'in_order': {
      const values = rule.columns.map((name) => column(columns, name).typed)
      const later = values.flatMap((first, index) => values.slice(index + 1).map((second) => `coalesce(${first} > ${second}, false)`))
      return later.join(' or ')
    }
    default:
      return unreachable(rule)
  }
}

/** Columns and rows that show how a rule is broken: at most `limit`, the values of personal columns left out. */
export function sampleSql(asked: QualityAsked, check: Graded, dialect: Dialect, limit: number): Sql | undefined {
  const { rule } = check
  const [columns, own] = [columnsOf(asked.on), check.where === undefined ? 'true' : joined('coalesce((', check.where, '), false)')]
  if (
    rule.kind === 'row_count' ||
    rule.kind === 'fresh' ||
    rule.kind === 'unique' ||
    rule.kind === 'refers_to' ||
    rule.kind === 'violations'
  )
    return undefined
  const shown = [...new Set([...asked.on.key, ...columnsIn(rule)])].map((name) =>
    asked.on.columns[name]?.personal === true
      ? `case when ${quotedName(name)} is null then null else '***' end as ${quotedName(name)}`
      : quotedName(name),
  )
  return joined(
    `select ${shown.join(', ')} from `,
    checkedRows(asked, own),
    ` and (${brokenSql(rule, { columns, dialect })}) limit ${limit}`,
  )
}

const columnsOf = ({ columns }: AnyDataset): ReadonlyMap<string, TypedColumn> =>
  new Map(
    Object.entries(columns).map(([name, { type }]) => [name, { type, typed: quotedName(name), absent: `${quotedName(name)} is null` }]),
  )

function column(columns: ReadonlyMap<string, TypedColumn>, name: string): TypedColumn {
  const found = columns.get(name)
  if (found === undefined) throw new Error(`a check names the column ${name}, which was refused before`)
  return found
}

/** Ends with a condition, so that others may be added. */
const checkedRows = ({ on, where }: Pick<QualityAsked, 'on' | 'where'>, own: Sql | string = 'true'): Sql =>
  joined(dataset(on), ' as rows_of where ', own, ...(where === undefined ? [] : [' and (', where, ')']))

const dataset = ({ id }: AnyDataset): Sql => ofPart({ kind: 'dataset', id, rows: 'all' })
const ofPart = (part: SqlPart): Sql => ({ kind: 'sql', parts: [part] })

const joined = (...pieces: readonly (Sql | string)[]): Sql => ({
  kind: 'sql',
  parts: pieces.flatMap((piece) => (typeof piece === 'string' ? rawSql(piece) : piece).parts),
})
