import { datasetIn, inputErrors, parseDatasetId } from '@sluice/core'
import type { LogStore } from '@sluice/delta'
import type { LakeStorage } from './storage/storage.ts'

export type Layer = 'bronze' | 'silver' | 'gold'
export const layers: readonly Layer[] = ['bronze', 'silver', 'gold']

/** A dataset of a lake and where it lies: `<project>/<layer>/<name>` of its storage. */
export interface Place {
  readonly project: string
  readonly layer: Layer
  readonly name: string
  /** Full dataset id. */
  readonly dataset: string
  readonly storage: LakeStorage
}

/** Suffix of the Delta table that keeps the broken rows of the table it is named after. */
export const quarantineSuffix = '__quarantine'

/**
 * Resolves `silver.assets` or `<project>:lake.silver.assets`.
 * @throws `input.invalid` for another project's, another store's or an unknown layer's dataset.
 */
export function placeOf(storage: LakeStorage, project: string, dataset: string): Place {
  const id = dataset.includes(':') ? parseDatasetId(dataset) : datasetIn(project, 'lake', dataset)
  const layer = layers.find((known) => known === id.layer)
  if (id.store !== 'lake' || layer === undefined || id.project !== project) {
    throw inputErrors.invalid(`"${dataset}" is not a dataset of the lake of ${project}`, {
      facts: { dataset, project },
      next: `Name it <layer>.<name> with a layer of ${layers.join(', ')}, for example silver.assets.`,
    })
  }
  return { project, layer, name: id.name, dataset: `${project}:lake.${layer}.${id.name}`, storage }
}

export const quarantineOf = (place: Place): Place => ({
  ...place,
  name: `${place.name}${quarantineSuffix}`,
  dataset: `${place.dataset}${quarantineSuffix}`,
})

export const zonePath = ({ project, layer }: Pick<Place, 'project' | 'layer'>): string => `${project}/${layer}`
export const datasetPath = (place: Place): string => `${zonePath(place)}/${place.name}`

/** The store of the dataset's zone: the files of bronze and gold lie there below the dataset's name. */
export const zoneOf = (place: Place): LogStore => place.storage.at(zonePath(place))
/** The store of the dataset as a Delta table. */
export const tableOf = (place: Place): LogStore => place.storage.at(datasetPath(place))
/** How a file of the zone is called in messages. */
export const locationOf = (place: Place, file: string): string => place.storage.locate(`${zonePath(place)}/${file}`)
