import { basename } from 'node:path'
import type { SinkReceipt } from '@sluice/core'
import { type LakeDataset, layerStore, locationOf } from '../dataset.ts'
import { parseStored, receiptOf } from '../receipt.ts'
import { newestFetches, parseBronzeFile } from './file-name.ts'
import { missingReceipt } from './read-receipt.ts'

const ending = '.json'
/** `<dataset>/_receipts`: what is left of bronze files that retention took. */
const folderOf = (dataset: LakeDataset): string => `${dataset.name}/_receipts`

/**
 * Takes a landed file away and keeps its receipt, which is durable before the file goes: whoever asks for the batch is answered as before.
 */
export async function bury(dataset: LakeDataset, path: string, receipt: SinkReceipt): Promise<void> {
  const store = layerStore(dataset)
  await store.makeFolder(folderOf(dataset))
  await store.putIfAbsent(`${folderOf(dataset)}/${basename(path)}${ending}`, JSON.stringify(receipt))
  await store.delete(path)
}

/** Names of the files that retention took. */
export async function buriedFiles(dataset: LakeDataset): Promise<readonly string[]> {
  const names = await layerStore(dataset).list(folderOf(dataset))
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .filter((name) => parseBronzeFile(name) !== undefined)
}

/** Of a batch's buried fetches the newest, or a certain one. */
export async function buriedFile(dataset: LakeDataset, stem: string, wanted: string | undefined): Promise<string | undefined> {
  const names = await buriedFiles(dataset)
  if (wanted !== undefined) return names.includes(wanted) ? wanted : undefined
  return newestFetches(names).find((file) => file.stem === stem)?.fileName
}

export async function buriedReceipt(dataset: LakeDataset, fileName: string): Promise<SinkReceipt> {
  const path = `${folderOf(dataset)}/${fileName}${ending}`
  const kept = JSON.parse((await layerStore(dataset).read(path)) ?? 'null') as SinkReceipt | null
  const stored = parseStored(kept)
  return stored === undefined || kept === null
    ? missingReceipt(locationOf(dataset, path))
    : receiptOf(stored, { version: fileName, bytes: kept.bytes }, true)
}
