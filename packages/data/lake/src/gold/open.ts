import type { Reading, Sql } from '@sluice/author'
import { type BatchWrite, inputErrors, near, type SinkReceipt, type SluiceError } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import type { LakeDataset } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import type { Pinned } from '../pinned.ts'
import { exportGold, type PinQuery } from './export.ts'
import { exportAt, exportsOf, type GoldExport, readManifest } from './list.ts'
import type { GoldManifest, MediaType } from './manifest.ts'
import { putGold } from './put.ts'
import type { LakeExport } from './request.ts'
import { type GoldRestored, restoreExport } from './restore.ts'
import { type GoldVerdict, verifyExport } from './verify.ts'

/** Exports of a lake: backup, traceability, audit. */
export interface Gold {
  /** Writes an export with its manifest, once a batch and generation. */
  export(write: BatchWrite, request: LakeExport): Promise<SinkReceipt>
  /** Puts one file as it is with its manifest, once a batch and generation. */
  put(write: BatchWrite, file: { readonly content: string | Uint8Array; readonly type: MediaType }): Promise<SinkReceipt>
  /** Manifests of a dataset, oldest logical time first. @throws `lake.corrupt` */
  exports(dataset: string): Promise<readonly GoldManifest[]>
  /** Reads the exports of a dataset again, all or one version. @throws `lake.dataset_unknown` */
  verify(dataset: string, version?: string): Promise<readonly GoldVerdict[]>
  /**
   * Puts a verified export, the newest unless a version is given, into a table of silver, which then holds exactly its rows. @throws
   * `lake.corrupt`
   */
  restoreExport(dataset: string, options: { readonly into: string; readonly version?: string }): Promise<GoldRestored>
}

export interface GoldOptions {
  readonly datasetOf: (name: string) => LakeDataset
  readonly render: (connection: DuckConnection, sql: Sql, reading: Reading) => Promise<Pinned>
  readonly using: <T>(work: (connection: DuckConnection) => Promise<T>) => Promise<T>
  readonly pin: (connection: DuckConnection, sql: string) => ReturnType<PinQuery>
  readonly now: () => number
}

export function openGold({ datasetOf, render, using, pin, now }: GoldOptions): Gold {
  const inGold = (name: string): LakeDataset => {
    const found = datasetOf(name)
    if (found.layer === 'gold') return found
    throw inputErrors.invalid(`${found.id} is not a dataset of gold`, {
      facts: { dataset: found.id },
      next: `Exports are datasets of gold: name it gold.${found.name}.`,
    })
  }
  return {
    export: (write, request) =>
      using((connection) =>
        exportGold(
          {
            dataset: inGold(write.dataset),
            connection,
            now,
            pin: (sql) => pin(connection, sql),
            render: (sql, reading) => render(connection, sql, reading),
          },
          write,
          request,
        ),
      ),
    put: (write, file) => putGold(inGold(write.dataset), write, file, now),
    exports: async (dataset) => await Promise.all((await exportsOf(inGold(dataset))).map(readManifest)),
    verify: (dataset, version) =>
      using(async (connection) => {
        const all = version === undefined ? await exportsOf(inGold(dataset)) : [await oneExport(inGold(dataset), version)]
        if (all.length === 0) throw unknownExport(inGold(dataset), undefined, [])
        const verdicts: GoldVerdict[] = []
        for (const each of all) verdicts.push(await verifyExport(connection, each))
        return verdicts
      }),
    restoreExport: (dataset, { into, version }) =>
      using(async (connection) => {
        const target = datasetOf(into)
        if (target.layer !== 'silver') {
          throw inputErrors.invalid(`${target.id} is not a table of silver`, {
            facts: { dataset: target.id },
            next: `Restore into a table of silver, for example silver.${target.name}_restored.`,
          })
        }
        return await restoreExport(connection, await oneExport(inGold(dataset), version), target)
      }),
  }
}

async function oneExport(dataset: LakeDataset, version: string | undefined): Promise<GoldExport> {
  const found = await exportAt(dataset, { version })
  if (found !== undefined) return found
  throw unknownExport(
    dataset,
    version,
    (await exportsOf(dataset)).map((each) => each.version),
  )
}

function unknownExport({ id: dataset }: LakeDataset, version: string | undefined, known: readonly string[]): SluiceError {
  const meant = version === undefined ? [] : near(version, known)
  return lakeErrors.dataset_unknown(`There is no export ${version === undefined ? '' : `${version} `}of ${dataset}`, {
    facts: { dataset, ...(version === undefined ? {} : { version }) },
    next: meant.length > 0 ? `Did you mean ${meant.join(' or ')}?` : 'List what there is with: sluice lake history gold.NAME.',
  })
}
