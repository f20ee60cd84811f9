import type { LakePolicy } from '@sluice/author'
import type { Instant, SluiceError } from '@sluice/core'
import type { DeltaTable, OptimizeOptions, OptimizeResult, RestorePoint, RestoreResult, VacuumOptions, VacuumResult } from '@sluice/delta'
import type { DuckConnection } from '@sluice/duckdb'
import { type LakeDataset, tableStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { openExisting } from '../silver/open.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { retentionHours } from './after-commit.ts'
import { type Retained, retain } from './retain.ts'
import { retentionOf } from './settings.ts'

/** Care of the lake's tables. None of it changes what a query of the newest version gives, but `restore`. */
export interface Maintenance {
  /** Writes small files, and files with deleted rows, together. `where`: partition columns only. */
  optimize(dataset: string, options?: Pick<OptimizeOptions, 'where' | 'clusterBy' | 'targetBytes'>): Promise<OptimizeResult>
  /** Deletes files that no version within the retention needs: the dataset's setting unless hours are given. */
  vacuum(dataset: string, options?: VacuumOptions): Promise<VacuumResult>
  /** Makes an older version the newest, as a new commit. Batches that came after it count as written: a cleared task writes them again. */
  restore(dataset: string, to: RestorePoint): Promise<RestoreResult>
  /** Applies the retention of all layers as of a logical time; a dry run says what it would do. */
  retain(options: { readonly now: Instant; readonly dryRun?: boolean; readonly consumed?: Iterable<string> }): Promise<Retained>
}

export interface MaintenanceOptions {
  readonly storage: LakeStorage
  readonly project: string
  readonly policy: LakePolicy
  readonly datasetOf: (name: string) => LakeDataset
  readonly connect: () => Promise<DuckConnection>
  readonly using: <T>(work: (connection: DuckConnection) => Promise<T>) => Promise<T>
}

export function openMaintenance({ storage, project, policy, datasetOf, connect, using }: MaintenanceOptions): Maintenance {
  const withTable = <T>(name: string, doing: string, work: (table: DeltaTable, of: LakeDataset) => Promise<T>): Promise<T> =>
    using(async (connection) => {
      const dataset = datasetOf(name)
      try {
        const table = dataset.layer === 'bronze' ? undefined : await openExisting(connection, tableStore(dataset))
        if (table === undefined) throw noTable(dataset)
        return await work(table, dataset)
      } catch (thrown) {
        throw failureOf(thrown, `${doing} ${dataset.id}`)
      }
    })
  return {
    optimize: (dataset, options = {}) => withTable(dataset, 'optimizing', (table) => table.optimize(options)),
    vacuum: (dataset, options = {}) =>
      withTable(dataset, 'vacuuming', (table, { layer, name }) =>
        table.vacuum({ retentionHours: retentionHours(retentionOf(policy, layer, name)), ...options }),
      ),
    restore: (dataset, to) => withTable(dataset, 'restoring', (table) => table.restore(to)),
    retain: ({ now, dryRun = false, consumed = [] }) =>
      using((connection) => retain({ storage, project, connection, connect, policy }, now, dryRun, consumed)),
  }
}

function noTable({ layer, id: dataset }: LakeDataset): SluiceError {
  return lakeErrors.dataset_unknown(`There is no table ${dataset} in the lake`, {
    facts: { dataset },
    next:
      layer === 'bronze'
        ? 'Files of bronze never change; only tables have versions and small files: name one of silver.'
        : 'List what there is with: sluice lake tables.',
  })
}
