import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { markLives, ownMark } from '@sluice/process'
import { type LakeDataset, layerPath } from '../dataset.ts'

/** Names for the files of a write that are not published. */
export interface Temporary {
  /** On this machine, without an extension. */
  readonly local: string
  /** In the layer's store, which adopts it. */
  readonly inLayer: string
}

/** New names that begin with what is written, after what killed processes left has been removed. */
export async function temporaryFor(dataset: LakeDataset, what: string): Promise<Temporary> {
  const folder = dataset.storage.scratch(layerPath(dataset))
  await mkdir(folder, { recursive: true })
  await sweep(folder)
  const stem = `${dataset.name}-${what}-${ownMark()}-${randomUUID()}`
  return { local: join(folder, stem), inLayer: `_spool/${stem}.parquet` }
}

/**
 * The names end in `-<process mark>-<uuid>.<extension>`. The folder is this machine's, so a process that no longer lives left its files
 * behind, also when another one has its number now.
 */
const owner = /-(\d+\.(?:\d+|-))-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.(?:bodies|ndjson|parquet)$/

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const mark = owner.exec(name)?.[1]
    if (mark !== undefined && !markLives(mark)) await rm(join(folder, name), { force: true })
  }
}
