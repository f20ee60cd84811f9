import type { AnyDataset, ColumnType } from '@sluice/author'
import { definitionErrors, type Interval } from '@sluice/core'
import { type Connection, quoteIdentifier, toFault } from '@sluice/postgres'
import { sqlPosition } from '../query/sql-position.ts'
import type { GivenTypes, LoadPlan } from './plan.ts'
import type { CsvSource } from './source.ts'

/** A query of the same warehouse whose columns are those of the load, in any order; it runs in the load's transaction. */
export interface QuerySource {
  readonly text: string
  readonly params: readonly unknown[]
}

/** A query that can be evaluated for the data interval of another run: a full load of an older run shows what the newest run would show. */
export interface IntervalQuery {
  at(interval: Interval): QuerySource
}

export type LoadSource = CsvSource | QuerySource | IntervalQuery

export const isQuery = (source: object | string): source is QuerySource | IntervalQuery =>
  typeof source === 'object' && ('text' in source || 'at' in source)

export const queryAt = (source: QuerySource | IntervalQuery, interval: Interval): QuerySource =>
  'at' in source ? source.at(interval) : source

const before = 'select * from ('
/** A line of its own: the query may end in a comment. As a subquery it can change nothing, since PostgreSQL refuses such a WITH there. */
const after = '\n) as result'

/** Evaluates the query once into staging, in the order it gives; the rows staged. */
export async function copyQuery(tx: Connection, plan: LoadPlan, query: QuerySource, stage: string): Promise<number> {
  const staged = plan.columns.map((column) => column.staged).join(', ')
  const values = plan.columns.map(({ name, parsed }) => `result.${quoteIdentifier(name)}${parsed ? '' : '::text'}`).join(', ')
  return await tx.execute(`insert into ${stage} (${staged}) select ${values} from (${query.text}${after}`, query.params)
}

/** `numeric` is not among them: it may hold NaN, which no decimal column is meant to. */
const typesByOid: Readonly<Record<number, ColumnType>> = {
  16: { kind: 'boolean' },
  20: { kind: 'bigint' },
  21: { kind: 'integer' },
  23: { kind: 'integer' },
  701: { kind: 'double' },
  1082: { kind: 'date' },
  1184: { kind: 'timestamp' },
}

/** What the texts of a query's columns are texts of. */
export const givenTypes = (columns: readonly GivenColumn[]): GivenTypes =>
  Object.fromEntries(
    columns.flatMap(({ name, type }) => {
      const known = typesByOid[type]
      return known === undefined ? [] : [[name, known]]
    }),
  )

export interface GivenColumn {
  readonly name: string
  /** Oid. */
  readonly type: number
}

/**
 * The columns that a query gives, without running it. @throws `definition.invalid` for SQL that the server refuses (facts: `line`,
 * `column`)
 */
export async function columnsOf(
  tx: Connection,
  { name }: { readonly name: string },
  { text, params }: QuerySource,
): Promise<readonly GivenColumn[]> {
  // Always the extended protocol: the server refuses a text of two statements there, so none can end the transaction and go on.
  const config = { text: `${before}${text}${after} limit 0`, values: [...params], rowMode: 'array' as const, queryMode: 'extended' }
  try {
    const answer = await tx.native.query<unknown[]>(config)
    return answer.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
  } catch (thrown) {
    const fault = toFault(thrown, text)
    if (fault.code !== 'postgres.failed') throw fault
    const { position, ...facts } = fault.facts
    const at = typeof position === 'number' ? sqlPosition(text, position - before.length) : undefined
    const where = at === undefined ? '' : ` (line ${at.line}, column ${at.column})\n${at.frame}`
    throw definitionErrors.invalid(`the query for ${name}: ${fault.message}${where}`, {
      cause: fault,
      facts: { ...facts, table: name, ...(at === undefined ? {} : { line: at.line, column: at.column }) },
      next: 'Correct the SQL of the model: PostgreSQL names the place.',
    })
  }
}

/**
 * The columns of the table that a query fills: all but those that the database computes; one with a default may be left to the database.
 * @throws `definition.invalid` for a query that gives others
 */
export function columnsToFill(table: AnyDataset, given: readonly GivenColumn[]): readonly string[] {
  const names = given.map(({ name }) => name)
  const computed = (name: string): boolean => table.columns[name]?.identity === true || table.columns[name]?.generated !== undefined
  const wanted = Object.keys(table.columns).filter((name) => !computed(name))
  const missing = wanted.filter((name) => !names.includes(name) && table.columns[name]?.filled === false)
  const extra = names.filter((name, index) => !wanted.includes(name) || names.indexOf(name) !== index)
  if (missing.length === 0 && extra.length === 0) return wanted.filter((name) => names.includes(name))
  const parts = [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(extra.length === 0
      ? []
      : [`it has ${extra.join(', ')}, which ${extra.length === 1 ? 'is' : 'are'} not to be filled, or not twice`]),
  ]
  throw definitionErrors.invalid(`the query for ${table.name} does not give the declared columns: ${parts.join('; ')}`, {
    facts: { table: table.name, missing, extra },
    next: 'Make the columns of the query and those of the dataset the same; leave out what the database computes.',
  })
}
