import { datasetOf, datasetsIn, type Model, type Reading } from '@sluice/author'
import { type Json, qualityErrors, type SluiceError } from '@sluice/core'
import { type DuckConnection, isOfData, quoteIdentifier } from '@sluice/duckdb'
import type { Pinned } from '@sluice/lake'

/** Where SQL of a model fails: who wrote it, and over what. */
interface Failing {
  readonly model: Pick<Model, 'name' | 'sql'>
  readonly reading: Reading
  readonly source: Pinned['source']
}

/**
 * What to tell of SQL that throws at a value, so that the batch ends. Of a query over one dataset also the row: the first without which the
 * rows before it do not fail, found by halves.
 */
export async function failedAtRow(connection: DuckConnection, { model, reading, source }: Failing, thrown: unknown): Promise<SluiceError> {
  const [, what = String(thrown)] = /^(?:.*?Error: )?([\s\S]*)$/.exec(thrown instanceof Error ? thrown.message : String(thrown)) ?? []
  const row = source === undefined ? undefined : await firstFailing(connection, source, shownColumns(model, reading))
  const where = row === undefined ? '' : ` at row ${row.place} of ${datasetsIn(model.sql)[0]}, ${JSON.stringify(row.cells)}`
  return qualityErrors.failed(`model ${model.name}: its SQL fails${where}: ${what}`, {
    cause: thrown,
    facts: { model: model.name, ...(row === undefined ? {} : { row: row.place, cells: row.cells }) },
    next: 'Nothing was written. Write try_cast(...) for a cast, TRY(...) around what else may fail: it gives null, which the rules of the dataset judge.',
  })
}

const longest = 100

/** Columns that may be told: not those that say something about people. */
function shownColumns({ sql }: Failing['model'], reading: Reading): (name: string) => boolean {
  const [id = ''] = datasetsIn(sql)
  const { columns } = datasetOf(reading, id)
  return (name) => columns[name]?.personal !== true
}

async function firstFailing(
  connection: DuckConnection,
  { select, over }: NonNullable<Pinned['source']>,
  shown: (name: string) => boolean,
): Promise<{ readonly place: number; readonly cells: Readonly<Record<string, Json>> } | undefined> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${kept} AS ${select}`)
  const columns = (await connection.columns(`SELECT * FROM ${kept}`)).map(({ name }) => quoteIdentifier(name)).join(', ')
  let [good, bad] = [0, (await connection.value<number>(`SELECT count(*) FROM ${kept}`)) ?? 0]
  if (bad === 0 || !(await fails(bad))) return undefined
  while (bad - good > 1) {
    const middle = good + Math.floor((bad - good) / 2)
    if (await fails(middle)) bad = middle
    else good = middle
  }
  const [row = {}] = await connection.rows(`SELECT ${columns} FROM ${kept} WHERE rowid = ${bad - 1}`)
  const cells = Object.entries(row).filter(([name]) => shown(name))
  return {
    place: bad,
    cells: Object.fromEntries(cells.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, longest) : value])),
  }

  async function fails(rows: number): Promise<boolean> {
    try {
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${tried} AS ${over(`SELECT ${columns} FROM ${kept} WHERE rowid < ${rows}`)}`)
      return false
    } catch (thrown) {
      if (isOfData(thrown)) return true
      throw thrown
    }
  }
}

const [kept, tried] = ['_sluice_source', '_sluice_tried']
