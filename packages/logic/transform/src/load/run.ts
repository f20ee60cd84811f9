import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inputsOf, type Load, type Reading } from '@sluice/author'
import { type BatchWrite, given, type Instant, type Receipt } from '@sluice/core'
import { interruptible } from '@sluice/duckdb'
import type { Lake } from '@sluice/lake'
import type { LoadRequest, Warehouse } from '@sluice/warehouse'
import { crossing, newestAlone, readingVersion } from './at-hand.ts'
import { csvSql, planLoad } from './csv.ts'

export interface RunLoadOptions {
  readonly load: Load
  readonly write: BatchWrite
  /** Its batches of the dataset that is loaded are what crosses. */
  readonly reading: Reading
  /** A version of the table whose rows cross, in the place of the batches at hand. */
  readonly version?: number | undefined
  readonly lake: Lake
  readonly warehouse: Pick<Warehouse, 'receipt' | 'loadBatch'>
  readonly explain?: LoadRequest['explain']
  readonly signal?: AbortSignal
}

/**
 * Crosses from lake to warehouse: the rows of the batches at hand, through a temporary CSV file (in a folder only this user can enter, gone
 * in any case), in one transaction with the receipt. Loaded already -> the first receipt, and the lake is not read.
 */
export async function runLoad({
  load,
  write,
  reading: atHand,
  version,
  lake,
  warehouse,
  explain,
  signal,
}: RunLoadOptions): Promise<Receipt> {
  const loaded = await warehouse.receipt(write.batch, write.generation)
  if (loaded !== undefined) return { ...loaded, replayed: true }
  signal?.throwIfAborted()
  const plan = planLoad(load)
  const { rows, reading } =
    version === undefined
      ? { rows: crossing(load), reading: newestAlone(load, atHand) }
      : readingVersion(load, atHand, `${write.project}:${load.from.id}`, version)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-load-'))
  const file = join(folder, 'rows.csv')
  try {
    const rowsIn = await writeCsv()
    return await warehouse.loadBatch({
      write: { ...write, ...given({ asOf: newestShown(load, reading) }), inputs: inputsOf(rows, reading) },
      table: load.into,
      mode: load.mode,
      columns: plan.tableColumns,
      source: file,
      given: plan.given,
      rowsIn,
      ...given({ explain, signal }),
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }

  async function writeCsv(): Promise<number> {
    const connection = await lake.connect()
    try {
      return await interruptible(connection, signal, async () => {
        const { select } = await lake.render(connection, rows, reading)
        return await connection.run(csvSql(plan, load.from.columns, select, file))
      })
    } finally {
      connection.close()
    }
  }
}

/** Of batches that show more than batches themselves: the logical time of the newest batch in them. */
function newestShown({ from }: Load, { batches }: Reading): Instant | undefined {
  const shown = (batches.get(from.id) ?? []).map(({ asOf }) => asOf).filter((asOf) => asOf !== undefined)
  return shown.length === 0 ? undefined : Math.max(...shown)
}
