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
  /** SELECT of `rows_in` and `broken`; of rows of several batches a row for each. */
  readonly counts: string
  /** SELECTs of `rule` and `values` (and the batch), over the good rows: values that were changed to fit. */
  readonly adjusted: readonly string[]
  /** For each rule that compares rows: whether a key repeats, and the mark on all but one of equal keys. */
  readonly unique: readonly { readonly exists: string; readonly mark: string }[]
  readonly good: string
  readonly broken: string
  /** Of the staged rows, by the columns named: values there are, and values that do not convert. */
  misfits(columns: readonly string[]): string
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
  /** The column of the query that says which batch a row belongs to, where there are several. */
  readonly batch?: string
}

const staged = '_sluice_staged'
const ruleColumn = '_sluice_rule'
const rowColumn = '_sluice_row'
const numberColumn = '_sluice_number'
const causeColumn = '_sluice_cause_'

export const rowsDialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** Plans the staging of rows. One pass casts and judges; they come to rest once, so that quarantine and data are two views of the same. */
export function planRows(rows: IncomingRows): RowsPlan {
  const { into, numbered } = rows
  const { select, columns } = incomingColumns(rows)
  const batch = rows.batch === undefined ? [] : [quoteIdentifier(rows.batch)]
  const ofBatch = batch.map((name) => `${name}, `).join('')
  const carried = [...batch, ...(numbered === undefined ? [] : [numberColumn])].map((name) => `, ${name}`).join('')
  const grouped = batch.length === 0 ? '' : ' GROUP BY ALL'
  const { rules, firstBroken = 'NULL', unique, adjusted } = judge(columns, rowChecksOf(into), rowsDialect)
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const causes = adjusted.map(({ cause }, at) => `, CAST(${cause} AS USMALLINT) AS ${causeColumn}${at}`).join('')
  const caused = adjusted.map((_, at) => `, ${causeColumn}${at}`).join('')
  const converted = columns
    .map(({ conversion, typed, orNull }) => `${orNull === true ? orNullValue(conversion) : conversion.value} AS ${typed}`)
    .join(', ')
  const typed = columns.map(({ name, typed }) => `${typed} AS ${quoteIdentifier(name)}`).join(', ')
  const named = [typed, ...batch].join(', ')
  const judged = `SELECT *, CAST(${firstBroken} AS USMALLINT) AS ${ruleColumn} FROM (SELECT *, ${converted}${causes} FROM (${select}))`
  const chosen = (texts: readonly string[]): string =>
    `list_extract([${texts.map(quoteLiteral).join(', ')}]::VARCHAR[], ${ruleColumn}::BIGINT)`
  return {
    messages: Object.fromEntries(rules.map(({ id, message }) => [id, message])),
    hopeful:
      unique.length > 0 || adjusted.length > 0
        ? undefined
        : `SELECT ${named} FROM (${judged}) WHERE CASE WHEN ${ruleColumn} IS NULL THEN true ELSE error('${brokenRow}') END`,
    stage: `CREATE OR REPLACE TEMP TABLE ${staged} AS SELECT ${typed}${caused}${carried}, ${ruleColumn},
        CASE WHEN ${ruleColumn} IS NOT NULL THEN ${cellsOf(columns.map(({ name, raw }) => ({ name, sql: raw })))} END AS ${rowColumn}
      FROM (${judged})`,
    counts: `SELECT ${ofBatch}count(*) AS rows_in, count(${ruleColumn}) AS broken FROM ${staged}${grouped}`,
    adjusted: adjusted.map(
      ({ rules }, at) =>
        `SELECT ${ofBatch}list_extract([${rules.map(({ id }) => quoteLiteral(id)).join(', ')}]::VARCHAR[], ${causeColumn}${at}::BIGINT) AS rule, count(*) AS values
        FROM ${staged} WHERE ${ruleColumn} IS NULL AND ${causeColumn}${at} IS NOT NULL GROUP BY ALL`,
    ),
    unique: unique.map(({ number, rule }) => uniqueMark({ columns, number, rule, first: firstOf(rows, rule), batch })),
    good: `SELECT ${[names, ...batch].join(', ')} FROM ${staged} WHERE ${ruleColumn} IS NULL`,
    broken: `SELECT ${ofBatch}${numbered === undefined ? 'rowid + 1' : numberColumn} AS row_number, ${chosen(rules.map(({ id }) => id))} AS rule,
      ${chosen(rules.map((rule) => rule.columns.join(',')))} AS place, ${rowColumn} AS cells
      FROM ${staged} WHERE ${ruleColumn} IS NOT NULL ORDER BY rowid`,
    misfits: (names) =>
      names
        .map((name) => {
          const [value, cell] = [quoteIdentifier(name), `${rowColumn}::JSON ->> ${quoteLiteral(name)}`]
          const lost = `count(*) FILTER (WHERE ${ruleColumn} IS NOT NULL AND ${value} IS NULL AND (${cell}) IS NOT NULL)`
          return `SELECT ${ofBatch}${quoteLiteral(name)} AS name, count(${value}) + ${lost} AS there, ${lost} AS misfits FROM ${staged}${grouped}`
        })
        .join(' UNION ALL '),
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
function firstOf({ into: { key, facts }, ofEqual }: IncomingRows, rule: UniqueRule): string {
  if (rule.columns.join() !== key.join()) return 'rowid'
  const newest = facts.order === undefined || key.includes(facts.order) ? '' : `${quoteIdentifier(facts.order)} DESC NULLS LAST, `
  return `${newest}rowid${ofEqual === 'last' ? ' DESC' : ''}`
}

interface Compared {
  readonly columns: readonly RowsColumn[]
  readonly number: number
  readonly rule: UniqueRule
  readonly first: string
  /** Rows of one batch are compared. */
  readonly batch: readonly string[]
}

/** Over the staged rows, whose columns have their own names. */
function uniqueMark({ columns, number, rule: { columns: key }, first, batch }: Compared): RowsPlan['unique'][number] {
  const row = cellsOf(columns.map(({ name }) => ({ name, sql: quoteIdentifier(name) })))
  const keys = key.map(quoteIdentifier)
  const eligible = `${ruleColumn} IS NULL AND ${keys.map((name) => `${name} IS NOT NULL`).join(' AND ')}`
  const by = [...batch, ...keys].join(', ')
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
function incomingColumns({ into, query, output, numbered, batch }: IncomingRows): {
  readonly select: string
  readonly columns: readonly RowsColumn[]
} {
  const given = new Map(output.map((column) => [column.name.toLowerCase(), column]))
  const declared = Object.entries(into.columns).map(([name, column], at) => ({
    name,
    column,
    raw: `r${at}`,
    source: given.get(name.toLowerCase())?.type ?? 'VARCHAR',
  }))
  const carried = [
    ...(batch === undefined ? [] : [quoteIdentifier(batch)]),
    ...(numbered === undefined ? [] : [`${quoteIdentifier(numbered)} AS ${numberColumn}`]),
  ]
  const { select, each } = rowsDialect.conversions(
    `SELECT ${[...declared.map(({ name, raw }) => `${quoteIdentifier(name)} AS ${raw}`), ...carried].join(', ')} FROM (${query}\n)`,
    declared.map(({ column, source, raw }) => ({ type: column.type, source, x: raw })),
  )
  const columns = declared.flatMap(({ name, column: { type, notNull, orNull }, source, raw }, at) => {
    const conversion = each[at]
    return conversion === undefined ? [] : [{ name, type, required: notNull, orNull, source, conversion, raw, typed: `t${at}` }]
  })
  return { select, columns }
}
