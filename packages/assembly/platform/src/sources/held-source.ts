import type { Instant } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import { type PresentRows, presentRows } from './present-rows.ts'

/** What a dataset holds of a source. */
export interface HeldSource extends PresentRows {
  /** Of files: those that it holds, and how many of them have another path than at first. */
  readonly files: number | null
  readonly moved: number | null
  /** Of files: those whose rows have all gone by the retention of the dataset. They are not pulled again. */
  readonly retained: number | null
}

export interface SourceInLake {
  /** Full id. */
  readonly dataset: string
  readonly source: string
  /** Each pull takes all of it. */
  readonly whole: boolean
  /** How long the dataset keeps rows, where it says so. */
  readonly keep: string | null
}

/** Rows are those that stand: of a table that goes by key another file may have brought the row of a key since. */
export async function heldFiles(lake: Lake, { dataset, source, keep }: SourceInLake): Promise<HeldSource> {
  const rows = await rowsByBatch(lake, dataset)
  const brought = keep === null ? rows : await rowsByBatch(lake, dataset, true)
  let [files, moved, retained, rowsWritten, rowsQuarantined, pulledAt] = [0, 0, 0, 0, 0, null as Instant | null]
  for await (const some of lake.filesOf(dataset, source)) {
    for (const file of some.filter(({ gone }) => !gone)) {
      files++
      if (file.first !== null && file.first !== file.path) moved++
      if (keep !== null && file.rowsWritten > 0 && !brought.has(file.batch)) retained++
      rowsWritten += rows.get(file.batch) ?? 0
      rowsQuarantined += file.rowsQuarantined
      pulledAt = Math.max(pulledAt ?? 0, file.writtenAt)
    }
  }
  return { files, moved, retained, rowsWritten, rowsQuarantined, pulledAt }
}

/** Of a database or an API. */
export const heldRows = async (lake: Lake, { dataset, source, whole }: SourceInLake): Promise<HeldSource> => ({
  ...{ files: null, moved: null, retained: null },
  ...presentRows(await lake.receipts(dataset), { source, whole, rows: await rowsByBatch(lake, dataset) }),
})

/** @param all also those that another row of their key stands in for */
async function rowsByBatch(lake: Lake, dataset: string, all = false): Promise<ReadonlyMap<string, number>> {
  const connection = await lake.connect()
  try {
    const scan = await lake.scan(connection, dataset, { columns: ['_batch'], ...(all ? { ofBatches: true } : {}) })
    const counted = await connection.rows<{ batch: string; rows: number }>(
      `SELECT _batch AS batch, count(*) AS rows FROM (${scan}) WHERE _batch IS NOT NULL GROUP BY ALL`,
    )
    return new Map(counted.map((each) => [each.batch, each.rows]))
  } finally {
    connection.close()
  }
}
