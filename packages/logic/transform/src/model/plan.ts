import { type Model, rowChecksOf } from '@sluice/author'
import { duckdbDialect, type IncomingColumn, judge, orNullValue, type UniqueRule } from '@sluice/checks'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { type DuckColumn, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { brokenRow } from '@sluice/lake'

/** The statements that turn a query's result into good rows and broken ones. The table they name is temporary. */
export interface ModelPlan {
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

const staged = '_sluice_staged'
const ruleColumn = '_sluice_rule'
const rowColumn = '_sluice_row'
const causeColumn = '_sluice_cause_'

/**
 * Plans the staging of a query whose output columns are known. One pass casts and judges; the rows come to rest once, so that quarantine
 * and data are two views of the same result.
 * @throws `definition.invalid` naming missing and undeclared columns, or a type that no strict cast leads to.
 */
export function planModel(model: Pick<Model, 'name' | 'into' | 'refresh'>, query: string, output: readonly DuckColumn[]): ModelPlan {
  const { select, columns } = incomingColumns(model, query, output)
  const { rules, firstBroken = 'NULL', unique, adjusted } = judge(columns, rowChecksOf(model.into), dialect)
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
    stage: `CREATE TEMP TABLE ${staged} AS SELECT ${named}${caused}, ${ruleColumn},
        CASE WHEN ${ruleColumn} IS NOT NULL THEN ${cellsOf(columns.map(({ name, raw }) => ({ name, sql: raw })))} END AS ${rowColumn}
      FROM (${judged})`,
    counts: `SELECT count(*) AS rows_in, count(${ruleColumn}) AS broken FROM ${staged}`,
    adjusted: adjusted.map(
      ({ rules }, at) =>
        `SELECT list_extract([${rules.map(({ id }) => quoteLiteral(id)).join(', ')}]::VARCHAR[], ${causeColumn}${at}::BIGINT) AS rule, count(*) AS values
        FROM ${staged} WHERE ${ruleColumn} IS NULL AND ${causeColumn}${at} IS NOT NULL GROUP BY ALL`,
    ),
    unique: unique.map(({ number, rule }) => uniqueMark(columns, number, rule, firstOf(model, rule))),
    good: `SELECT ${names} FROM ${staged} WHERE ${ruleColumn} IS NULL`,
    broken: `SELECT rowid + 1 AS row_number, ${chosen(rules.map(({ id }) => id))} AS rule,
      ${chosen(rules.map((rule) => rule.columns.join(',')))} AS place, ${rowColumn} AS cells
      FROM ${staged} WHERE ${ruleColumn} IS NOT NULL ORDER BY rowid`,
  }
}

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** The cells of a row as texts, as the warehouse keeps them: nothing is rounded, and NaN is told from a missing value. */
const cellsOf = (fields: readonly { readonly name: string; readonly sql: string }[]): string => {
  const parts = fields.map(({ name, sql }) => `${quoteIdentifier(name)} := CAST(${sql} AS VARCHAR)`)
  return `CAST(to_json(struct_pack(${parts.join(', ')})) AS VARCHAR)`
}

/**
 * Which of equal rows comes first, and stays: under the key of a dataset with an order the newest, of a check the first. Of rows that are
 * equally new a refresh by key keeps the last, as an upsert does.
 */
function firstOf({ into: { key, facts }, refresh }: Pick<Model, 'into' | 'refresh'>, rule: UniqueRule): string {
  if (rule.columns.join() !== key.join()) return 'rowid'
  const newest = facts.order === undefined || key.includes(facts.order) ? '' : `${quoteIdentifier(facts.order)} DESC NULLS LAST, `
  return `${newest}rowid${refresh === 'key' ? ' DESC' : ''}`
}

/** Over the staged rows, whose columns have their own names. */
function uniqueMark(
  columns: readonly ModelColumn[],
  number: number,
  { columns: key }: UniqueRule,
  first: string,
): ModelPlan['unique'][number] {
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

interface ModelColumn extends IncomingColumn {
  /** The DuckDB type of what the query gives. */
  readonly source: string
  /** How that is called where rows are judged. */
  readonly raw: string
  /** And the converted value. */
  readonly typed: string
}

/** The columns of a query as those of the dataset, and the SELECT over which their conversions are written. */
function incomingColumns(
  model: Pick<Model, 'name' | 'into'>,
  query: string,
  output: readonly DuckColumn[],
): { readonly select: string; readonly columns: readonly ModelColumn[] } {
  const [fault] = columnFaults(model, output)
  if (fault !== undefined) throw fault
  const given = new Map(output.map((column) => [column.name.toLowerCase(), column]))
  const declared = Object.entries(model.into.columns).map(([name, column], at) => ({
    name,
    column,
    raw: `r${at}`,
    source: given.get(name.toLowerCase())?.type ?? 'VARCHAR',
  }))
  const { select, each } = dialect.conversions(
    `SELECT ${declared.map(({ name, raw }) => `${quoteIdentifier(name)} AS ${raw}`).join(', ')} FROM (${query}\n)`,
    declared.map(({ column, source, raw }) => ({ type: column.type, source, x: raw })),
  )
  const columns = declared.flatMap(({ name, column: { type, notNull, orNull }, source, raw }, at) => {
    const conversion = each[at]
    return conversion === undefined ? [] : [{ name, type, required: notNull, orNull, source, conversion, raw, typed: `t${at}` }]
  })
  return { select, columns }
}

/**
 * Why the columns of a query are not those of its dataset, all at once: missing and undeclared ones, and types that no strict cast leads
 * to.
 */
export function columnFaults(model: Pick<Model, 'name' | 'into'>, output: readonly DuckColumn[]): readonly SluiceError[] {
  const given = new Map(output.map((column) => [column.name.toLowerCase(), column]))
  const declared = Object.entries(model.into.columns)
  const missing = declared.filter(([name]) => !given.has(name.toLowerCase())).map(([name]) => name)
  const wanted = new Set(declared.map(([name]) => name.toLowerCase()))
  const extra = output.filter((column) => !wanted.has(column.name.toLowerCase())).map((column) => column.name)
  return [
    ...(missing.length > 0 || extra.length > 0 ? [otherColumns(model, missing, extra)] : []),
    ...declared.flatMap(([name, { type }]) => {
      const source = given.get(name.toLowerCase())?.type
      return source === undefined || dialect.converts(type, source) ? [] : [noConversion(model, name, source, type.kind)]
    }),
  ]
}

function otherColumns(model: Pick<Model, 'name' | 'into'>, missing: readonly string[], extra: readonly string[]): SluiceError {
  const parts = [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`it has ${extra.join(', ')}, which ${extra.length === 1 ? 'is' : 'are'} not declared`]),
  ]
  return definitionErrors.invalid(`model ${model.name}: the query does not give the columns of ${model.into.id}: ${parts.join('; ')}`, {
    facts: { model: model.name, missing, extra },
    next: 'Make the columns of the query and those of the dataset the same.',
  })
}

function noConversion(model: Pick<Model, 'name'>, column: string, from: string, to: string): SluiceError {
  return definitionErrors.invalid(`model ${model.name}: column ${column} is declared ${to}, the query gives ${from}`, {
    facts: { model: model.name, column, from, to },
    next: `Convert it in the query, for example epoch_ms(${column}) for milliseconds, to_json(${column}) for nested values, NULL::TIMESTAMPTZ for nothing.`,
  })
}
