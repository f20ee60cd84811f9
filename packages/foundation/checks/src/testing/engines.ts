import type { ColumnType, RowCheck } from '@sluice/author'
import { type DuckConnection, quoteLiteral as duckdbLiteral, duckdbType, openDuckDB } from '@sluice/duckdb'
import { type Connection, openPool, quoteLiteral as postgresLiteral, postgresType } from '@sluice/postgres'
import { testDatabase } from '@sluice/postgres/testing'
import { duckdbDialect, type IncomingColumn, type Judgement, judge, orNullValue, postgresDialect } from '../index.ts'

export const duckdb = duckdbDialect({ literal: duckdbLiteral, type: duckdbType })
export const postgres = postgresDialect({ literal: postgresLiteral, type: postgresType })

/** Columns of a batch of texts, and what is checked of them. */
export interface Texts {
  readonly types: readonly ColumnType[]
  readonly required?: boolean
  readonly orNull?: boolean
  readonly checks?: readonly RowCheck[]
  /** One text, or none, a column. */
  readonly rows: readonly (readonly (string | null)[])[]
}

/** What an engine says of a row. */
export interface Verdict {
  /** The id of the first rule that the row breaks. */
  readonly rule: string | null
  /** The converted values of a row that breaks none. */
  readonly values: readonly unknown[] | null
  /** Rules that say why values of the row were changed to fit. */
  readonly adjusted: readonly string[]
}

export interface Engines extends AsyncDisposable {
  readonly duck: DuckConnection
  readonly session: Connection
  inDuckdb(texts: Texts, dialect?: typeof duckdb): Promise<readonly Verdict[]>
  inPostgres(texts: Texts, dialect?: typeof postgres): Promise<readonly Verdict[]>
  /** Values of a DuckDB type, as SQL. */
  valuesInDuckdb(type: ColumnType, source: string, values: readonly string[]): Promise<readonly Verdict[]>
}

/** A real DuckDB and a real PostgreSQL, each with one session. */
export async function openEngines(): Promise<Engines> {
  const database = await testDatabase()
  const pool = openPool(database.url)
  const instance = await openDuckDB({ threads: 1 })
  const duck = await instance.connect()
  const held = Promise.withResolvers<void>()
  const session = await new Promise<Connection>((resolve, reject) => {
    pool
      .withConnection(async (connection) => {
        resolve(connection)
        await held.promise
      })
      .catch(reject)
  })
  return {
    duck,
    session,
    inDuckdb: (texts, dialect = duckdb) => judgeInDuckdb(duck, texts, dialect),
    inPostgres: (texts, dialect = postgres) => judgeInPostgres(session, texts, dialect),
    valuesInDuckdb: (type, source, values) => judgeValues(duck, { types: [type], source, rows: values.map((value) => [value]) }, duckdb),
    async [Symbol.asyncDispose]() {
      held.resolve()
      instance.close()
      await pool.end()
      await database.drop()
    },
  }
}

export const nameOf = (index: number): string => `c${index + 1}`

/** DuckDB takes every character in a literal but NUL. */
const duckText = (text: string | null): string =>
  text === null ? 'NULL::VARCHAR' : `(${text.split('\0').map(duckdbLiteral).join(' || chr(0) || ')})`

function judgeInDuckdb(duck: DuckConnection, texts: Texts, dialect: typeof duckdb): Promise<readonly Verdict[]> {
  return judgeValues(duck, { ...texts, source: 'VARCHAR', rows: texts.rows.map((row) => row.map(duckText)) }, dialect)
}

interface Values extends Omit<Texts, 'rows'> {
  /** DuckDB's name of the type of all values. */
  readonly source: string
  /** SQL, one a column. */
  readonly rows: readonly (readonly string[])[]
}

async function judgeValues(
  duck: DuckConnection,
  { types, required = false, orNull = false, checks = [], source, rows }: Values,
  dialect: typeof duckdb,
): Promise<readonly Verdict[]> {
  const { select, each } = dialect.conversions(
    'SELECT *, rowid FROM given',
    types.map((type, index) => ({ type, source, x: `r${index}` })),
  )
  const columns = types.map((type, index): IncomingColumn => {
    const conversion = each[index]
    if (conversion === undefined) throw new Error(`no conversion from ${source} to ${type.kind}`)
    return { name: nameOf(index), type, required, orNull, conversion, typed: `t${index}` }
  })
  const judgement = judge(columns, checks, dialect)
  const list = rows.map((row) => `{${row.map((value, index) => `r${index}: ${value}`).join(', ')}}`)
  await duck.run(`CREATE OR REPLACE TEMP TABLE given AS SELECT unnest([${list.join(', ')}], recursive := true)`)
  await duck.run(`CREATE OR REPLACE TEMP TABLE judged AS
    SELECT *, rowid + 1 AS line, CAST(${judgement.firstBroken ?? 'NULL'} AS INTEGER) AS broken
    FROM (SELECT *, ${[...columns.map((column) => `${convertedSql(column)} AS ${column.typed}`), ...causesOf(judgement)].join(', ')} FROM (${select}))`)
  for (const { number, rule } of judgement.unique) {
    await duck.run(`UPDATE judged SET broken = ${number} WHERE line IN (SELECT line FROM
      (SELECT line, row_number() OVER (PARTITION BY ${rule.keys.join(', ')} ORDER BY line) AS place
        FROM judged WHERE broken IS NULL AND ${rule.present})
      WHERE place > 1)`)
  }
  const values = types.map((type, index) => `${duckValue(type, `t${index}`)} AS v${index}`)
  // Only of good rows: what is broken may not be a value at all.
  const found = await duck.rows('SELECT * FROM judged ORDER BY line')
  const good = await duck.rows(`SELECT line, ${values.join(', ')} FROM (SELECT * FROM judged WHERE broken IS NULL) ORDER BY line`)
  return verdicts(types, judgement, found, good)
}

const convertedSql = ({ conversion, orNull }: IncomingColumn): string => (orNull === true ? orNullValue(conversion) : conversion.value)

const causesOf = ({ adjusted }: Judgement): readonly string[] => adjusted.map(({ cause }, at) => `${cause} AS cause${at}`)

function duckValue(type: ColumnType, sql: string): string {
  // The driver leaves a byte order mark out of the texts that it reads.
  if (type.kind === 'text') return `md5(${sql})`
  return type.kind === 'timestamp' ? `CAST(epoch_us(${sql}) AS VARCHAR)` : `CAST(${sql} AS VARCHAR)`
}

async function judgeInPostgres(
  session: Connection,
  { types, required = false, orNull = false, checks = [], rows }: Texts,
  dialect: typeof postgres,
): Promise<readonly Verdict[]> {
  const columns = types.map(
    (type, index): IncomingColumn => ({ name: nameOf(index), type, required, orNull, conversion: dialect.conversion(type, `r${index}`) }),
  )
  const judgement = judge(columns, checks, dialect)
  await session.query(`drop table if exists given, judged`)
  await session.query(
    `create temporary table given (line bigint generated always as identity, ${types.map((_, index) => `r${index} text`).join(', ')})`,
  )
  const arrays = types.map((_, index) => rows.map((row) => row[index] ?? null))
  await session.query(
    `insert into given (${types.map((_, index) => `r${index}`).join(', ')}) select * from unnest(${types.map((_, index) => `$${index + 1}::text[]`).join(', ')})`,
    arrays,
  )
  await session.query(
    `create temporary table judged as select ${['*', `${judgement.firstBroken ?? 'null::integer'} as broken`, ...causesOf(judgement)].join(', ')} from given`,
  )
  for (const { number, rule } of judgement.unique) {
    await session.query(`update judged set broken = ${number} where line in (select line from
      (select line, row_number() over (partition by ${rule.keys.join(', ')} order by line) as place
        from (select * from judged where broken is null offset 0) as good where ${rule.present}) ranked where place > 1)`)
  }
  const values = types.map(
    (type, index) => `${postgresValue(type, columns[index] === undefined ? '' : convertedSql(columns[index]))} as v${index}`,
  )
  const found = await session.query<Record<string, unknown>>(`select * from judged order by line`)
  const good = await session.query<Record<string, unknown>>(
    `select line, ${values.join(', ')} from (select * from judged where broken is null offset 0) as good order by line`,
  )
  return verdicts(types, judgement, found, good)
}

function postgresValue(type: ColumnType, sql: string): string {
  if (type.kind === 'text') return `md5(${sql})`
  return type.kind === 'timestamp' ? `(extract(epoch from ${sql}) * 1000000)::bigint::text` : `(${sql})::text`
}

function verdicts(
  types: readonly ColumnType[],
  { rules, adjusted }: Judgement,
  found: readonly Record<string, unknown>[],
  good: readonly Record<string, unknown>[],
): readonly Verdict[] {
  const values = new Map(good.map((row) => [row.line, types.map((type, index) => comparable(type, row[`v${index}`] as string | null))]))
  return found.map(({ broken, line, ...row }) => ({
    rule: broken === null ? null : (rules[Number(broken) - 1]?.id ?? `rule ${broken}`),
    values: broken === null ? (values.get(line) ?? null) : null,
    adjusted: broken !== null ? [] : adjusted.flatMap(({ rules: why }, at) => why[Number(row[`cause${at}`] ?? 0) - 1]?.id ?? []),
  }))
}

/** A value as both engines would show it. */
function comparable(type: ColumnType, text: string | null): unknown {
  if (text === null) return null
  switch (type.kind) {
    case 'double':
      return doubleOf(text)
    case 'decimal':
      return text.replace(/^(-?)\./, '$10.')
    case 'json':
      return JSON.parse(text)
    default:
      return text
  }
}

function doubleOf(text: string): number | string {
  const word = text.toLowerCase().replace('infinity', 'inf')
  return ['nan', 'inf', '-inf'].includes(word) ? word : Number(text)
}
