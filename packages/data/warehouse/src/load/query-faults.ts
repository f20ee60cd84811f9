import { type AnyDataset, type ColumnType, type LoadMode, observedOf } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import type { Connection } from '@sluice/postgres'
import { typeNamesOf } from '../query/answer.ts'
import { planLoad } from './plan.ts'
import { columnsOf, columnsToFill, type GivenColumn, type QuerySource } from './query-source.ts'
import { refuseVolatile } from './volatile.ts'

/**
 * What a run of a query into this table would refuse before it looks at a row, and columns of which it could store no value. The tables
 * that the query reads must be there; no row is read or written. The connection is in no transaction.
 */
export async function queryFaults(tx: Connection, into: AnyDataset, mode: LoadMode, query: QuerySource): Promise<readonly SluiceError[]> {
  const table = mode === 'scd2' ? observedOf(into) : into
  try {
    const given = await columnsOf(tx, table, query)
    const unfit = await unfitColumns(tx, table, given)
    const columns = columnsToFill(table, given)
    planLoad(table, mode === 'full' ? 'append' : mode, columns)
    await tx.query('begin')
    try {
      await refuseVolatile(tx, table, query, columns)
    } finally {
      await tx.query('rollback')
    }
    return unfit
  } catch (thrown) {
    if (definitionErrors.invalid.is(thrown)) return [thrown]
    throw thrown
  }
}

async function unfitColumns(tx: Connection, table: AnyDataset, given: readonly GivenColumn[]): Promise<readonly SluiceError[]> {
  const unfit = given.filter(({ name, type }) => {
    const column = table.columns[name]
    return column !== undefined && !mayHold(column.type, type)
  })
  const fields = unfit.map(({ name, type }) => ({ name, dataTypeID: type, dataTypeModifier: -1 }))
  const names = unfit.length === 0 ? [] : await typeNamesOf(tx, fields)
  return unfit.map(({ name }, at) => {
    const [from = 'another type', to] = [names[at], table.columns[name]?.type.kind]
    return definitionErrors.invalid(`the query for ${table.name}: column ${name} is declared ${to}, the query gives ${from}`, {
      facts: { table: table.name, column: name, from, to },
      next: `Convert ${name} in the query, or declare it as what the query gives.`,
    })
  })
}

/** What the texts of a type look like. */
type Shape = 'boolean' | 'number' | 'day' | 'span' | 'uuid' | 'json'

/** By oid. Types that are not listed may give any text. */
const shapes: Readonly<Record<number, Shape>> = {
  16: 'boolean',
  20: 'number',
  21: 'number',
  23: 'number',
  114: 'json',
  700: 'number',
  701: 'number',
  1082: 'day',
  1083: 'span',
  1114: 'day',
  1184: 'day',
  1186: 'span',
  1266: 'span',
  1700: 'number',
  2950: 'uuid',
  3802: 'json',
}

/** Types whose texts a column of the kind can hold, some at least; values cross as text, and each row is judged. */
const held: Readonly<Record<Exclude<ColumnType['kind'], 'text'>, readonly Shape[]>> = {
  integer: ['number', 'json'],
  bigint: ['number', 'json'],
  double: ['number', 'json'],
  decimal: ['number', 'json'],
  boolean: ['boolean', 'number', 'json'],
  date: ['day'],
  timestamp: ['day'],
  json: ['boolean', 'number', 'json'],
}

function mayHold({ kind }: ColumnType, oid: number): boolean {
  const shape = shapes[oid]
  return kind === 'text' || shape === undefined || held[kind].includes(shape)
}
