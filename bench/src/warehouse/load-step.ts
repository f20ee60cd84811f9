import { join } from 'node:path'
import { dataset, load, type Reading } from '@sluice/author'
import { duckdbType, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { copyIn } from '@sluice/postgres'
import { csvSql, planLoad, runLoad } from '@sluice/transform'
import { type Measure, measure, pairs, timesLimit } from '../measure.ts'
import type { Everyday } from './everyday.ts'
import { sales } from './sales.ts'

/** As the lake holds them: the same columns, judged there. */
const silver = dataset('silver.sales', { on: 'lake', columns: sales.columns, key: sales.key })
const step = load({ from: silver, into: sales, mode: 'append' })

/** The whole step: the batch is read from the lake, written as CSV, and loaded. */
export async function wholeStep({ warehouse, pool, rounds, many, nextWrite }: Everyday, folder: string): Promise<readonly Measure[]> {
  const duckdb = await openDuckDB({ threads: 2, tempDirectory: join(folder, 'spill') })
  try {
    const lake = openLake({ storage: join(folder, 'lake'), project: 'bench', duckdb: async () => duckdb })
    const types = Object.entries(sales.columns).map(([name, { type }]) => `${quoteLiteral(name)}: ${quoteLiteral(duckdbType(type))}`)
    const rows = `SELECT * FROM read_csv(${quoteLiteral(many.file)}, header = false, columns = {${types.join(', ')}})`
    using batch = await lake.batch({ ...nextWrite(), dataset: 'bench:lake.silver.sales' })
    if (batch.receipt !== undefined) throw new Error('the lake of this run has the batch already')
    const broken = `SELECT 0 AS row_number, '' AS rule, '' AS place, '' AS cells WHERE false`
    const counts = { rowsIn: many.rows, rowsQuarantined: 0 }
    const { columns } = silver
    const written = await batch.finish({
      columns,
      mode: 'replace_batch',
      judge: async () => ({ good: rows, broken, messages: {}, counts }),
    })
    const ref = {
      store: 'lake',
      dataset: written.dataset,
      batch: written.batch,
      generation: 1,
      version: written.version,
      rows: many.rows,
    } as const
    const reading: Reading = {
      datasets: new Map([silver, sales].map((each) => [each.id, each])),
      interval: { start: Date.UTC(2026, 0, 1), end: Date.UTC(2026, 0, 2) },
      timeZone: 'UTC',
      batches: new Map([[silver.id, [ref]]]),
    }
    const before = () => pool.query('truncate public.sales, bare')
    const raw = join(folder, 'raw.csv')
    const { ours, raw: limit } = await pairs(
      rounds,
      { before, run: () => runLoad({ load: step, write: nextWrite(), reading, lake, warehouse }) },
      {
        before,
        run: async () => {
          const connection = await lake.connect()
          const { select } = await lake.render(connection, silver.batch, reading)
          await connection.run(csvSql(planLoad(step), silver.columns, select, raw))
          connection.close()
          await pool.withConnection((session) => copyIn(session, 'copy bare from stdin with (format csv)', raw))
        },
      },
    )
    return [measure(`the whole load step of ${many.rows} rows, its scan of the lake included`, ours, 'ms', timesLimit(2.5), limit)]
  } finally {
    duckdb.close()
  }
}
