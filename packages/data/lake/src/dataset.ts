import { datasetIn, foldersOfLake, inputErrors, type LakeLayer, lakeLayers, parseDatasetId } from '@sluice/core'
import type { LogStore } from '@sluice/delta'
import type { LakeStorage } from './storage/storage.ts'

/** A dataset of a lake, which lies at `<project>/<layer>/<name>` of its storage. */
export interface LakeDataset {
  /** `<project>:lake.<layer>.<name>` */
  readonly id: string
  readonly project: string
  readonly layer: LakeLayer
  readonly name: string
  readonly storage: LakeStorage
}

/** Suffix of the Delta table that keeps the broken rows of the table it is named after. */
export const quarantineSuffix = '__quarantine'

/**
 * Resolves `silver.assets` or `<project>:lake.silver.assets`.
 * @throws `input.invalid` for another project's, another store's or an unknown layer's dataset.
 */
export function lakeDataset(storage: LakeStorage, project: string, text: string): LakeDataset {
  const { store, name, ...of } = text.includes(':') ? parseDatasetId(text) : datasetIn(project, 'lake', text)
  const layer = lakeLayers.find((known) => known === of.layer)
  if (store !== 'lake' || layer === undefined || of.project !== project) {
    throw inputErrors.invalid(`"${text}" is not a dataset of the lake of ${project}`, {
      facts: { dataset: text, project },
      next: `Name it <layer>.<name> with a layer of ${lakeLayers.join(', ')}, for example silver.assets.`,
    })
  }
  return { id: `${project}:lake.${layer}.${name}`, project, layer, name, storage }
}

/** Suffix of the Delta table that keeps the rows of every batch of the table it is named after, where that goes by a key. */
export const batchesSuffix = '__batches'

export const quarantineOf = (dataset: LakeDataset): LakeDataset => ({
  ...dataset,
  name: `${dataset.name}${quarantineSuffix}`,
  id: `${dataset.id}${quarantineSuffix}`,
})

export const batchesOf = (dataset: LakeDataset): LakeDataset => ({
  ...dataset,
  name: `${dataset.name}${batchesSuffix}`,
  id: `${dataset.id}${batchesSuffix}`,
})

export const layerPath = ({ project, layer }: Pick<LakeDataset, 'project' | 'layer'>): string => `${project}/${layer}`
export const datasetPath = (dataset: LakeDataset): string => `${layerPath(dataset)}/${dataset.name}`

/** Whether a folder of a layer is that of a dataset, of whatever name one may be declared under. */
export const isOfDataset = (folder: string): boolean => /^[A-Za-z0-9_]+$/.test(folder) && !foldersOfLake.has(folder)

/** The files of the dataset's layer: those of bronze and gold lie below the dataset's name. */
export const layerStore = (dataset: LakeDataset): LogStore => dataset.storage.at(layerPath(dataset))
/** The files of the dataset as a Delta table. */
export const tableStore = (dataset: LakeDataset): LogStore => dataset.storage.at(datasetPath(dataset))
/** How a file of the layer is called in messages. */
export const locationOf = (dataset: LakeDataset, file: string): string => dataset.storage.locate(`${layerPath(dataset)}/${file}`)
