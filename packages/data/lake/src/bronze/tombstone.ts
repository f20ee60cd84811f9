import { basename } from 'node:path'
import { locationOf, type Place, zoneOf } from '../paths.ts'
import { type LakeReceipt, parseStored, receiptOf } from '../receipt.ts'
import { newestFetches, parseBronzeFile } from './file-name.ts'
import { missingReceipt } from './read-receipt.ts'

const ending = '.json'
/** `<dataset>/_receipts`: what is left of bronze files that retention took. */
const folderOf = (place: Place): string => `${place.name}/_receipts`

/**
 * Takes a landed file away and keeps its receipt, which is durable before the file goes: whoever asks for the batch is answered as before.
 */
export async function bury(place: Place, path: string, receipt: LakeReceipt): Promise<void> {
  const zone = zoneOf(place)
  await zone.makeFolder(folderOf(place))
  await zone.putIfAbsent(`${folderOf(place)}/${basename(path)}${ending}`, JSON.stringify(receipt))
  await zone.delete(path)
}

/** Names of the files that retention took. */
export async function buriedFiles(place: Place): Promise<readonly string[]> {
  const names = await zoneOf(place).list(folderOf(place))
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .filter((name) => parseBronzeFile(name) !== undefined)
}

/** Of a batch's buried fetches the newest, or a certain one. */
export async function buriedFile(place: Place, stem: string, wanted: string | undefined): Promise<string | undefined> {
  const names = await buriedFiles(place)
  if (wanted !== undefined) return names.includes(wanted) ? wanted : undefined
  return newestFetches(names).find((file) => file.stem === stem)?.fileName
}

export async function buriedReceipt(place: Place, fileName: string): Promise<LakeReceipt> {
  const path = `${folderOf(place)}/${fileName}${ending}`
  const kept = JSON.parse((await zoneOf(place).read(path)) ?? 'null') as LakeReceipt | null
  const stored = parseStored(kept)
  return stored === undefined || kept === null
    ? missingReceipt(locationOf(place, path))
    : receiptOf(stored, { version: fileName, bytes: kept.bytes }, true)
}
