import type { ColumnType } from '@sluice/author'
import { type Conversion, duckdbDialect, valueRule } from '@sluice/checks'
import { type DuckConnection, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { FileColumn } from '../files/reader.ts'
import type { FittingType } from './propose-types.ts'

export interface TypedColumn {
  readonly name: string
  /** Of DuckDB. */
  readonly type: string
  /** Of a column that is read as text: what its values are. */
  readonly of: ColumnType | undefined
}

/** Rows as the judge of rows makes their values: the same that a pull would write. */
export interface JudgedColumns {
  /** SELECT with the texts as `r0`, `r1`, ... and what `values` and `faults` are written over. */
  readonly select: string
  readonly values: readonly string[]
  /** The kind of rule that a text breaks, or NULL; `undefined` for a column in which each text is a value. */
  readonly faults: readonly (string | undefined)[]
}

export const typedColumns = (columns: readonly FileColumn[], types: readonly (FittingType | undefined)[]): readonly TypedColumn[] =>
  columns.map(({ name, type }, at) => {
    const of = types[at]?.type
    return { name, type: of === undefined ? type : duckdbType(of), of: type === 'VARCHAR' ? of : undefined }
  })

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

/** @param kept columns of `rows` that go along */
export function judgedColumns(rows: string, columns: readonly TypedColumn[], kept: readonly string[] = []): JudgedColumns {
  const raw = [...kept, ...columns.map(({ name }, at) => `${quoteIdentifier(name)} AS r${at}`)].join(', ')
  const texts = columns.flatMap(({ of }, at) =>
    of === undefined || of.kind === 'text' ? [] : [{ type: of, source: 'VARCHAR', x: `r${at}` }],
  )
  const { select, each } = dialect.conversions(`SELECT ${raw} FROM (${rows})`, texts)
  const conversions = new Map(texts.map(({ x }, at) => [x, each[at]]))
  return {
    select,
    values: columns.map((_, at) => conversions.get(`r${at}`)?.value ?? `r${at}`),
    faults: columns.map((_, at) => faultOf(conversions.get(`r${at}`))),
  }
}

function faultOf(conversion: Conversion | undefined): string | undefined {
  if (conversion === undefined) return undefined
  const { absent, arms, lost, value } = conversion
  const branches = arms(value).map(({ when, breaks }) => `WHEN ${when} THEN ${breaks === null ? 'NULL' : quoteLiteral(breaks)}`)
  if (branches.length === 0) return undefined
  const why = `CASE ${branches.join(' ')} END`
  return `CASE WHEN ${absent} THEN NULL ${lost === undefined ? '' : `WHEN NOT (${lost(value)}) THEN NULL `}ELSE ${why} END`
}

/** SELECT of the rows whose texts are all values. */
export function typedRows({ select, values, faults }: JudgedColumns, columns: readonly TypedColumn[], onlyFitting: boolean): string {
  const list = columns.map(({ name }, at) => `${values[at]} AS ${quoteIdentifier(name)}`).join(', ')
  const broken = faults.filter((fault) => fault !== undefined)
  const where = onlyFitting && broken.length > 0 ? ` WHERE coalesce(${broken.join(', ')}) IS NULL` : ''
  return `SELECT ${list} FROM (${select})${where}`
}

/**
 * SELECT of the rows with a text that is not a value of its column: the line, the first fault, all faults, the texts. `select` is of
 * numbered rows.
 */
export function brokenRows({ select, faults }: JudgedColumns, columns: readonly TypedColumn[]): string | undefined {
  const each = columns.flatMap(({ name, of }, at) => {
    const fault = faults[at]
    if (fault === undefined || of === undefined) return []
    const reasons = (['type', 'range', 'exact', 'length', 'characters'] as const)
      .map((kind) => `WHEN ${quoteLiteral(kind)} THEN ${quoteLiteral(valueRule(kind, name, of).message)}`)
      .join(' ')
    const rules = `f${at} || ${quoteLiteral(`(${name})`)}`
    return [
      {
        fault: `${fault} AS f${at}`,
        told: `CASE WHEN f${at} IS NOT NULL THEN {rule: ${rules}, "column": ${quoteLiteral(name)}, value: r${at}, reason: CASE f${at} ${reasons} END} END`,
      },
    ]
  })
  if (each.length === 0) return undefined
  const cells = columns.map(({ name }, at) => `${quoteLiteral(name)}, CAST(r${at} AS VARCHAR)`).join(', ')
  const told = `SELECT _row, list_filter([${each.map((one) => one.told).join(', ')}], lambda fault: fault IS NOT NULL) AS faults, json_object(${cells}) AS cells
    FROM (SELECT *, ${each.map((one) => one.fault).join(', ')} FROM (${select}))`
  return `SELECT _row AS line, faults[1].rule AS rule, faults[1].reason AS reason, faults[1]."column" AS "column", faults[1].value AS value, faults, cells
    FROM (${told}) WHERE len(faults) > 0`
}

/** A text that is not a value of its column, and where it stands. */
export interface Misfit {
  readonly line: number
  readonly value: string
  readonly reason: string
}

/** Of each column how many texts are not its values, and the first of them. @param numbered SELECT of the rows with `_row` */
export async function misfitsOf(
  connection: DuckConnection,
  numbered: string,
  columns: readonly TypedColumn[],
): Promise<ReadonlyMap<string, { readonly count: number; readonly first: readonly Misfit[] }>> {
  const broken = brokenRows(judgedColumns(numbered, columns, ['_row']), columns)
  if (broken === undefined) return new Map()
  const found = await connection.rows(
    `SELECT fault."column" AS "column", count(*) AS count,
       list({line: line, value: fault.value, reason: fault.reason} ORDER BY line)[:3] AS first
     FROM (SELECT line, unnest(faults) AS fault FROM (${broken})) GROUP BY ALL`,
  )
  return new Map(
    found.map(({ column, count, first }) => [
      String(column),
      { count: Number(count), first: (first as unknown as readonly Misfit[]).map((each) => ({ ...each, line: Number(each.line) })) },
    ]),
  )
}
