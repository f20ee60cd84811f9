import { type AnyDataset, rowChecksOf } from '@sluice/author'
import { duckdbDialect, type IncomingColumn, judge, orNullValue, type UniqueRule } from '@sluice/checks'
import { type DuckColumn, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { brokenRow } from '@sluice/lake'

/** The statements that turn rows as they come into good rows and broken ones. The table they name is temporary. */
export interface RowsPlan {
  /** What each rule says, by its id. */
  readonly messages: Readonly<Record<string, string>>
  /**
   * The rows themselves, not staged, which fails with `brokenRow` at the first broken one; `undefined` where a rule looks at other rows,
   * and where values may be changed to fit, which are counted.
   */
  readonly hopeful: string | undefined
  /** Fills the table: columns in their declared types, the number of the first broken rule, the row as JSON text where it broke one. */
  readonly stage: string
  readonly counts: string
  /** SELECTs of `rule` and `values`, over the good rows: values that were changed to fit. */
  readonly adjusted: readonly string[]
  /** For each rule that compares rows: whether a key repeats, and the mark on all but one of equal keys. */
  readonly unique: readonly { readonly exists: string; readonly mark: string }[]
  readonly good: string
  readonly broken: string
}

/** Rows on their way into a table. */
export interface IncomingRows {
  readonly into: AnyDataset
  /** SELECT that gives each column of the table by its name, in whatever case. */
  readonly query: string
  /** The columns of the query. A conversion leads from each type to that of its column. */
  readonly output: readonly DuckColumn[]
  /** Which of rows that are equal under the key, and equally new, stays. */
  readonly ofEqual: 'first' | 'last'
  /** The column of the query that numbers its rows, from 1, where their place in the result does not. */
  readonly numbered?: string
}

const staged = '_sluice_staged'
const ruleColumn = '_sluice_rule'
const rowColumn = '_sluice_row'
const numberColumn = '_sluice_number'
const causeColumn = '_sluice_cause_'

export const rowsDialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** Plans the staging of rows. One pass casts and judges; they come to rest once, so that quarantine and data are two views of the same. */
export function planRows({ into, query, output, ofEqual, numbered }: IncomingRows): RowsPlan {
  const { select, columns } = incomingColumns(into, query, output, numbered)
  const { rules, firstBroken = 'NULL', unique, adjusted } = judge(columns, rowChecksOf(into), rowsDialect)
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const causes = adjusted.map(({ cause }, at) => `, CAST(${cause} AS USMALLINT) AS ${causeColumn}${at}`).join('')
  const caused = adjusted.map((_, at) => `, ${causeColumn}${at}`).join('')
  const converted = columns
    .map(({ conversion, typed, orNull }) => `${orNull === true ? orNullValue(conversion) : conversion.value} AS ${typed}`)
    .join(', ')
  const named = columns.map(({ name, typed }) => `${typed} AS ${quoteIdentifier(name)}`).join(', ')
  const judged = `SELECT *, CAST(${firstBroken} AS USMALLINT) AS ${ruleColumn} FROM (SELECT *, ${converted}${causes} FROM (${select}))`
  const chosen = (texts: readonly string[]): string =>
    `list_extract([${texts.map(quoteLiteral).join(', ')}]::VARCHAR[], ${ruleColumn}::BIGINT)`
  return {
    messages: Object.fromEntries(rules.map(({ id, message }) => [id, message])),
    hopeful:
      unique.length > 0 || adjusted.length > 0
        ? undefined
        : `SELECT ${named} FROM (${judged}) WHERE CASE WHEN ${ruleColumn} IS NULL THEN true ELSE error('${brokenRow}') END`,
    stage: `CREATE OR REPLACE TEMP TABLE ${staged} AS SELECT ${named}${caused}${numbered === undefined ? '' : `, ${numberColumn}`}, ${ruleColumn},
        CASE WHEN ${ruleColumn} IS NOT NULL THEN ${cellsOf(columns.map(({ name, raw }) => ({ name, sql: raw })))} END AS ${rowColumn}
      FROM (${judged})`,
    counts: `SELECT count(*) AS rows_in, count(${ruleColumn}) AS broken FROM ${staged}`,
    adjusted: adjusted.map(
      ({ rules }, at) =>
        `SELECT list_extract([${rules.map(({ id }) => quoteLiteral(id)).join(', ')}]::VARCHAR[], ${causeColumn}${at}::BIGINT) AS rule, count(*) AS values
        FROM ${staged} WHERE ${ruleColumn} IS NULL AND ${causeColumn}${at} IS NOT NULL GROUP BY ALL`,
    ),
    unique: unique.map(({ number, rule }) => uniqueMark(columns, number, rule, firstOf(into, ofEqual, rule))),
    good: `SELECT ${names} FROM ${staged} WHERE ${ruleColumn} IS NULL`,
    broken: `SELECT ${numbered === undefined ? 'rowid + 1' : numberColumn} AS row_number, ${chosen(rules.map(({ id }) => id))} AS rule,
      ${chosen(rules.map((rule) => rule.columns.join(',')))} AS place, ${rowColumn} AS cells
      FROM ${staged} WHERE ${ruleColumn} IS NOT NULL ORDER BY rowid`,
  }
}

/** The cells of a row as texts, as the warehouse keeps them: nothing is rounded, and NaN is told from a missing value. */
const cellsOf = (fields: readonly { readonly name: string; readonly sql: string }[]): string => {
  const parts = fields.map(({ name, sql }) => `${quoteIdentifier(name)} := CAST(${sql} AS VARCHAR)`)
  return `CAST(to_json(struct_pack(${parts.join(', ')})) AS VARCHAR)`
}

/**
 * Which of equal rows comes first, and stays: under the key of a dataset with an order the newest, of a check the first. Of rows that are
 * equally new a refresh by key keeps the last, as an upsert does.
 */
function firstOf({ key, facts }: AnyDataset, ofEqual: IncomingRows['ofEqual'], rule: UniqueRule): string {
  if (rule.columns.join() !== key.join()) return 'rowid'
  const newest = facts.order === undefined || key.includes(facts.order) ? '' : `${quoteIdentifier(facts.order)} DESC NULLS LAST, `
  return `${newest}rowid${ofEqual === 'last' ? ' DESC' : ''}`
}

/** Over the staged rows, whose columns have their own names. */
function uniqueMark(
  columns: readonly RowsColumn[],
  number: number,
  { columns: key }: UniqueRule,
  first: string,
): RowsPlan['unique'][number] {
  const row = cellsOf(columns.map(({ name }) => ({ name, sql: quoteIdentifier(name) })))
  const keys = key.map(quoteIdentifier)
  const eligible = `${ruleColumn} IS NULL AND ${keys.map((name) => `${name} IS NOT NULL`).join(' AND ')}`
  const by = keys.join(', ')
  return {
    exists: `SELECT 1 FROM ${staged} WHERE ${eligible} GROUP BY ${by} HAVING count(*) > 1 LIMIT 1`,
    mark: `UPDATE ${staged} SET ${ruleColumn} = ${number}, ${rowColumn} = ${row} WHERE rowid IN (
          SELECT id FROM (SELECT rowid AS id, row_number() OVER (PARTITION BY ${by} ORDER BY ${first}) AS place FROM ${staged} WHERE ${eligible})
          WHERE place > 1)`,
  }
}

interface RowsColumn extends IncomingColumn {
  /** The DuckDB type of what the query gives. */
  readonly source: string
  /** How that is called where rows are judged. */
  readonly raw: string
  /** And the converted value. */
  readonly typed: string
}

/** The columns of a query as those of the dataset, and the SELECT over which their conversions are written. */
function incomingColumns(
  into: AnyDataset,
  query: string,
  output: readonly DuckColumn[],
  numbered: string | undefined,
): { readonly select: string; readonly columns: readonly RowsColumn[] } {
  const given = new Map(output.map((column) => [column.name.toLowerCase(), column]))
  const declared = Object.entries(into.columns).map(([name, column], at) => ({
    name,
    column,
    raw: `r${at}`,
    source: given.get(name.toLowerCase())?.type ?? 'VARCHAR',
  }))
  const number = numbered === undefined ? '' : `, ${quoteIdentifier(numbered)} AS ${numberColumn}`
  const { select, each } = rowsDialect.conversions(
    `SELECT ${declared.map(({ name, raw }) => `${quoteIdentifier(name)} AS ${raw}`).join(', ')}${number} FROM (${query}\n)`,
    declared.map(({ column, source, raw }) => ({ type: column.type, source, x: raw })),
  )
  const columns = declared.flatMap(({ name, column: { type, notNull, orNull }, source, raw }, at) => {
    const conversion = each[at]
    return conversion === undefined ? [] : [{ name, type, required: notNull, orNull, source, conversion, raw, typed: `t${at}` }]
  })
  return { select, columns }
}
