import { inputErrors } from '@sluice/core'
import { type Column, fromDuckType } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import { forgetBatchRows } from '../silver/batch-rows.ts'
import { openOrCreate } from '../silver/open.ts'
import type { GoldExport } from './list.ts'
import type { GoldManifest } from './manifest.ts'
import { exportSelect } from './read.ts'
import { requireWhole } from './verify.ts'

export interface GoldRestored {
  readonly dataset: string
  /** The Delta version that holds the rows. */
  readonly version: string
  readonly rows: number
  /** The export they came from. */
  readonly from: string
}

/**
 * Puts a verified export into a Delta table, which then holds exactly its rows: made when it is not there, else overwritten in one commit
 * that says where the rows came from (earlier versions stay readable). Nothing is written before every checksum was right.
 * @throws `lake.corrupt`
 */
export async function restoreExport(connection: DuckConnection, of: GoldExport, into: LakeDataset): Promise<GoldRestored> {
  const manifest = await requireWhole(connection, of)
  try {
    const table = await openOrCreate(connection, tableStore(into), manifest.columns.map(deltaColumn), undefined)
    await forgetBatchRows(connection, into)
    const result = await table.overwrite({
      select: await exportSelect(connection, of, manifest),
      evolve: true,
      commitInfo: {
        sluiceRestore: { dataset: manifest.dataset, export: of.version, rows: manifest.rows, schemaHash: manifest.schemaHash },
      },
    })
    return { dataset: into.id, version: String(result.version), rows: result.rows, from: of.version }
  } catch (thrown) {
    throw failureOf(thrown, `restoring ${manifest.dataset} into ${into.id}`)
  }
}

function deltaColumn({ name, type }: GoldManifest['columns'][number]): Column {
  const deltaType = fromDuckType(type)
  if (deltaType !== undefined) return { name, type: deltaType }
  throw inputErrors.invalid(`No Delta column holds ${name} of type ${type}`, {
    facts: { column: name, type },
    next: 'Restore it with a model that casts the column, reading the export by its name.',
  })
}
