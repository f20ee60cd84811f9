import { join } from 'node:path'
import { datasetIn, parseDatasetId, SluiceError } from '@sluice/core'

export type Layer = 'bronze' | 'silver' | 'gold'
export const layers: readonly Layer[] = ['bronze', 'silver', 'gold']

/** A dataset of this project's lake and where it lies: `<root>/<project>/<layer>/<name>`. */
export interface Place {
  readonly layer: Layer
  readonly name: string
  /** Full dataset id. */
  readonly dataset: string
  readonly folder: string
}

/** Suffix of the Delta table that keeps the broken rows of the table it is named after. */
export const quarantineSuffix = '__quarantine'

/**
 * Resolves `silver.assets` or `<project>:lake.silver.assets`.
 * @throws `input.invalid` for another project's, another store's or an unknown layer's dataset.
 */
export function placeOf(root: string, project: string, dataset: string): Place {
  const id = dataset.includes(':') ? parseDatasetId(dataset) : datasetIn(project, 'lake', dataset)
  const layer = layers.find((known) => known === id.layer)
  if (id.store !== 'lake' || layer === undefined || id.project !== project) {
    throw new SluiceError('input.invalid', `"${dataset}" is not a dataset of the lake of ${project}`, {
      facts: { dataset, project },
      next: `Name it <layer>.<name> with a layer of ${layers.join(', ')}, for example silver.assets.`,
    })
  }
  return { layer, name: id.name, dataset: `${project}:lake.${layer}.${id.name}`, folder: join(root, project, layer, id.name) }
}

export const quarantineOf = (place: Place): Place => ({
  ...place,
  name: `${place.name}${quarantineSuffix}`,
  dataset: `${place.dataset}${quarantineSuffix}`,
  folder: `${place.folder}${quarantineSuffix}`,
})
