import { definitionErrors, inputErrors } from './general-errors.ts'

export type Store = 'lake' | 'warehouse'

/** bronze: bodies as they came; silver: tables; gold: exports of the warehouse. */
export const lakeLayers = ['bronze', 'silver', 'gold'] as const
export type LakeLayer = (typeof lakeLayers)[number]

/** Folders of a layer in which the lake keeps what is not a dataset. */
export const foldersOfLake: ReadonlySet<string> = new Set(['_files', '_maintenance', '_rejected', '_spool'])

/** `<project>:<store>.<layer>.<name>`, e.g. `crypto-coincap:lake.bronze.coincap_assets`. */
export interface DatasetId {
  readonly project: string
  readonly store: Store
  /** A `LakeLayer` in the lake; the schema in the warehouse. */
  readonly layer: string
  readonly name: string
}

const idPattern = /^([a-z0-9][a-z0-9-]*):(lake|warehouse)\.([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)$/

export const formatDatasetId = (id: DatasetId): string => `${id.project}:${id.store}.${id.layer}.${id.name}`

/** @throws `input.invalid` for text of another shape. */
export function parseDatasetId(text: string): DatasetId {
  const match = idPattern.exec(text)
  if (match === null) {
    throw inputErrors.invalid(`"${text}" is not a dataset id`, {
      facts: { dataset: text },
      next: 'Write <project>:<store>.<layer>.<name>, for example crypto-coincap:lake.silver.assets.',
    })
  }
  const [, project = '', store, layer = '', name = ''] = match
  return { project, store: store as Store, layer, name }
}

/** A dataset by its short name within a project's store: `silver.assets`, `public.crypto_temps_reel`. @throws `definition.invalid` */
export function datasetIn(project: string, store: Store, shortName: string): DatasetId {
  const [layer, name, ...rest] = shortName.split('.')
  if (!layer || !name || rest.length > 0 || !/^[A-Za-z0-9_]+$/.test(layer) || !/^[A-Za-z0-9_]+$/.test(name)) {
    throw definitionErrors.invalid(`"${shortName}" is not a dataset name`, {
      facts: { name: shortName },
      next: 'Write layer.name with letters, digits and underscores, for example silver.assets.',
    })
  }
  return { project, store, layer, name }
}

/** What a task that wrote a dataset hands on: which rows, never the rows. JSON. */
export type DatasetRef<S extends Store = Store> = {
  readonly store: S
  /** Full dataset id. */
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  /** Delta version, bronze file name or load id, as text. */
  readonly version: string
  readonly rows: number
  /** Rows that went to quarantine instead. */
  readonly quarantined?: number
  /** Of a batch made of more than batches: the logical time of the newest batch that it shows. */
  readonly asOf?: number
}
