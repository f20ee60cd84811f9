import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type BatchWrite, formatInstant, type SinkReceipt } from '@sluice/core'
import { batchFolder } from '../bronze/file-name.ts'
import { temporaryFor } from '../bronze/temporary.ts'
import { type LakeDataset, layerStore } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { batchStem, receiptOf, storedReceipt } from '../receipt.ts'
import { currentExports, exportsOf, type GoldExport, manifestEnding, readManifest } from './list.ts'
import { type GoldManifest, manifestText, schemaHashOf } from './manifest.ts'

/** What is in a file that was made for gold. */
export interface Made extends Pick<GoldManifest, 'format' | 'rows' | 'columns' | 'sources'> {
  /** Of the file's name. */
  readonly ending: string
}

/** Makes the file at a path, which is gone afterwards in any case, as is `spool`, a path for what is needed on the way. */
export type MakeFile = (path: string, spool: string) => Promise<Made>

/**
 * Writes one batch of gold, once. The order is the contract: look for the manifest of this batch and generation (it answers) -> write the
 * data to a temporary file -> checksum -> the store adopts it under a name of its own -> manifest, put if absent. Whoever puts the manifest
 * second removes its data and answers with the first one's receipt. A higher generation stands beside the lower and counts in its place.
 * @throws `lake.conflict` for a generation older than the one there; `disk.full`.
 */
export async function writeGold(dataset: LakeDataset, write: BatchWrite, now: () => number, make: MakeFile): Promise<SinkReceipt> {
  const stem = batchStem(write)
  const version = `${stem}-g${write.generation}`
  const found = currentExports(await exportsOf(dataset)).find((each) => each.stem === stem)
  if (found !== undefined && found.generation >= write.generation) return await replayed(found, write)

  const store = layerStore(dataset)
  const folder = batchFolder(dataset, write)
  const { local, inLayer: temporary } = await temporaryFor(dataset, stem)
  await store.makeFolder('_spool')
  const spooled = `${local}.ndjson`
  const file = join(store.root, temporary)
  try {
    const { ending, format, rows, columns, sources } = await make(file, spooled)
    const sha256 = await sha256Of(file)
    const { size: bytes } = await stat(file)
    await store.makeFolder(folder)
    const data = `${version}-${randomUUID().slice(0, 8)}.${ending}`
    await store.adopt(temporary, `${folder}/${data}`)
    const manifest: GoldManifest = {
      manifest: 1,
      dataset: write.dataset,
      batch: write.batch,
      generation: write.generation,
      logicalTime: formatInstant(write.logicalTime),
      createdAt: formatInstant(now()),
      format,
      rows,
      columns,
      schemaHash: schemaHashOf(columns),
      sources,
      files: [{ name: data, rows, bytes, sha256 }],
      receipt: storedReceipt(write, { rowsIn: rows, rowsWritten: rows, rowsQuarantined: 0, credits: 0, writtenAt: now() }),
    }
    const isFirst = await store.putIfAbsent(`${folder}/${version}${manifestEnding}`, manifestText(manifest))
    if (isFirst) return receiptIn(manifest, version, false)
    await store.delete(`${folder}/${data}`)
    const first = (await exportsOf(dataset)).find((each) => each.version === version)
    if (first === undefined) {
      throw lakeErrors.conflict(`The export ${version} of ${write.dataset} was removed while it was made`, {
        facts: { dataset: write.dataset, batch: write.batch, generation: write.generation },
        next: 'The task tries again; look for whoever removes files of gold if it happens again.',
      })
    }
    return await replayed(first, write)
  } catch (thrown) {
    throw failureOf(thrown, `writing ${write.dataset}`)
  } finally {
    for (const path of [spooled, file]) await rm(path, { force: true })
  }
}

async function replayed(found: GoldExport, write: BatchWrite): Promise<SinkReceipt> {
  if (found.generation > write.generation) {
    throw lakeErrors.conflict(`${write.dataset}: a newer generation of batch ${write.batch} is exported already`, {
      facts: { dataset: write.dataset, batch: write.batch, generation: write.generation },
      next: 'The task was cleared or reprocessed meanwhile; its newer run holds the rows, nothing needs doing.',
    })
  }
  return receiptIn(await readManifest(found), found.version, true)
}

export const receiptIn = (manifest: GoldManifest, version: string, replayed: boolean): SinkReceipt =>
  receiptOf(manifest.receipt, { version, bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) }, replayed)

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}
