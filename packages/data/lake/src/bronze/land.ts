import { open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Pages } from '@sluice/author'
import { type AnswersFact, type BatchWrite, given, isSluiceError, type SinkReceipt, taskErrors } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { type LakeDataset, layerStore, locationOf } from '../dataset.ts'
import { lakeErrors } from '../errors.ts'
import { failureOf, isFullDisk } from '../failure.ts'
import { batchStem, storedReceipt } from '../receipt.ts'
import { batchFolder, bronzeFileName, newestFetches } from './file-name.ts'
import type { ParquetColumn } from './parquet/metadata.ts'
import { type Cell, writeParquet } from './parquet/write.ts'
import { readReceipt, receiptKey } from './read-receipt.ts'
import { openSpool, type Spool } from './spool.ts'
import { temporaryFor } from './temporary.ts'
import { buriedFile, buriedReceipt } from './tombstone.ts'

export interface LandOptions {
  readonly signal?: AbortSignal
  /** Asks the source again under a raised generation; without it bronze is reused whatever the generation. */
  readonly refetch?: boolean
  /** What the pages tell of themselves, once they have ended. */
  readonly answers?: () => AnswersFact
}

export interface LandContext {
  readonly dataset: LakeDataset
  readonly connect: () => Promise<DuckConnection>
  readonly now: () => number
}

/**
 * Lands one batch, put-if-absent. The order is the contract: look for the batch (its receipt answers, the source is not asked) -> spool
 * each body before asking for the next -> a temporary Parquet file that carries the receipt -> the store adopts it. Whoever comes
 * second answers with the first one's receipt.
 * @throws `lake.batch_empty` for no page; `disk.full`; the generator's own error, with `facts.rejected` naming where its bodies are kept.
 */
export async function landBatch(at: LandContext, write: BatchWrite, pages: Pages, options: LandOptions): Promise<SinkReceipt> {
  const store = layerStore(at.dataset)
  const folder = batchFolder(at.dataset, write)
  const target = bronzeFileName(write, options.refetch === true)
  const landed = await landedFile(at.dataset, folder, write, options.refetch === true ? target : undefined)
  if (landed !== undefined) return await replay(at, `${folder}/${landed}`)
  const buried = await buriedFile(at.dataset, batchStem(write), options.refetch === true ? target : undefined)
  if (buried !== undefined) return await buriedReceipt(at.dataset, buried)

  const { local, inLayer: parquet } = await temporaryFor(at.dataset, batchStem(write))
  const spool = await openSpool(`${local}.bodies`)
  try {
    await fill(at, write, spool, pages, options.signal)
    await store.makeFolder('_spool')
    await store.makeFolder(folder)
    const stored = storedReceipt(write, {
      rowsIn: spool.pages,
      rowsWritten: spool.pages,
      rowsQuarantined: 0,
      received: spool.received,
      credits: spool.credits,
      writtenAt: at.now(),
      ...given({ answers: options.answers?.() }),
    })
    try {
      await writeFile(write, spool, join(store.root, parquet), JSON.stringify(stored))
    } catch (thrown) {
      throw isFullDisk(thrown) ? thrown : await rejected(at, write, spool, thrown, options.signal)
    }
    const isFirst = await store.adopt(parquet, `${folder}/${target}`)
    return { ...(await replay(at, `${folder}/${target}`)), replayed: !isFirst }
  } catch (thrown) {
    throw failureOf(thrown, `landing ${write.dataset}`)
  } finally {
    await spool.remove()
    await rm(join(store.root, parquet), { force: true })
  }
}

/** The file that already holds this batch: a certain one, or of all its fetches the newest. */
async function landedFile(
  dataset: LakeDataset,
  folder: string,
  write: BatchWrite,
  wanted: string | undefined,
): Promise<string | undefined> {
  const names = await layerStore(dataset).list(folder)
  if (wanted !== undefined) return names.includes(wanted) ? wanted : undefined
  const stem = batchStem(write)
  return newestFetches(names).find((file) => file.stem === stem)?.fileName
}

const replay = async (at: LandContext, path: string): Promise<SinkReceipt> => await readReceipt(at.connect, at.dataset, path)

async function fill(at: LandContext, write: BatchWrite, spool: Spool, pages: Pages, signal: AbortSignal | undefined): Promise<void> {
  try {
    for await (const page of pages) {
      await spool.add(page)
      signal?.throwIfAborted()
    }
  } catch (thrown) {
    if (isFullDisk(thrown)) throw thrown
    throw await rejected(at, write, spool, thrown, signal)
  }
  if (spool.pages === 0) {
    throw lakeErrors.batch_empty(`Nothing to land in ${write.dataset}: the source gave no page`, {
      facts: { dataset: write.dataset, batch: write.batch },
      next: 'Check what the source was asked for; a task that may have nothing to do calls skip() before it lands.',
    })
  }
}

/** Keeps the bodies outside the dataset; gives back what was thrown with the location as a fact. */
async function rejected(
  at: LandContext,
  write: BatchWrite,
  spool: Spool,
  thrown: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (spool.pages === 0) return thrown
  const store = layerStore(at.dataset)
  const path = `_rejected/${at.dataset.name}/${batchStem(write)}-a${write.attempt}.ndjson`
  await store.makeFolder(dirname(path))
  await spool.keep(join(store.root, path))
  await store.persist([path])
  const kept = locationOf(at.dataset, path)
  if (signal?.aborted === true || (thrown instanceof Error && thrown.name === 'SluiceSkip')) return thrown
  const facts = { rejected: kept, rejectedPages: spool.pages }
  if (!isSluiceError(thrown)) {
    return taskErrors.failed(thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
      facts,
      next: `Nothing entered ${write.dataset}; the answers received are kept in ${kept}.`,
    })
  }
  return thrown.with({ facts })
}

const columns: readonly ParquetColumn[] = [
  { name: 'ingested_at', type: 'instant' },
  { name: 'source', type: 'text' },
  { name: 'request', type: 'text' },
  { name: 'page', type: 'integer' },
  { name: 'payload', type: 'text' },
  { name: '_batch', type: 'text' },
]

async function writeFile(write: BatchWrite, spool: Spool, target: string, receipt: string): Promise<void> {
  function* groups(): Iterable<readonly (readonly Cell[])[]> {
    for (const rows of spool.groups()) yield rows.map((row) => [...row, write.batch])
  }
  const file = await open(target, 'w')
  try {
    await writeParquet(file, { columns, groups: groups(), metadata: { [receiptKey]: receipt } })
  } finally {
    await file.close()
  }
}
