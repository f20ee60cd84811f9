/** A load of CSV from a stream into PostgreSQL: a small one, then one of all rows. */
import { bigint, dataset, text } from '@sluice/author'
import { openPool } from '@sluice/postgres'
import { createTableSql, openWarehouse } from '@sluice/warehouse'
import { peakMemoryMb } from '../peak-memory.ts'
import type { Growth } from './growth.ts'
import { csvLine, linesOf } from './lines.ts'

const { url, rows } = JSON.parse(process.env.BENCH_OPTIONS ?? '') as { readonly url: string; readonly rows: number }
const table = dataset('public.lines', { on: 'warehouse', columns: { id: bigint(), note: text() } })
const pool = openPool(url, { max: 4 })
const warehouse = openWarehouse({ database: { pool }, project: 'bench' })
for (const statement of createTableSql(table)) await pool.query(statement)

async function load(batch: string, count: number): Promise<number> {
  const write = {
    project: 'bench',
    pipeline: 'bench',
    task: 'load',
    runId: 'bench',
    run: 'bench',
    attempt: 1,
    dataset: 'bench:warehouse.public.lines',
    batch,
    generation: 1,
    logicalTime: Date.UTC(2026, 0, 1),
    inputs: [],
  }
  const source = linesOf(count, csvLine)
  const receipt = await warehouse.loadBatch({ write, table, mode: 'append', columns: ['id', 'note'], source })
  if (receipt.rowsWritten !== count) throw new Error(`${receipt.rowsWritten} rows written`)
  return await peakMemoryMb()
}

const small = await load('small', Math.min(rows, 65_536))
const large = await load('large', rows)
await pool.end()
console.log(JSON.stringify({ small, large } satisfies Growth))
