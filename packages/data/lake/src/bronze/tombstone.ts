import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { publish } from '../durable.ts'
import { namesIn } from '../folder.ts'
import { type LakeReceipt, parseStored, receiptOf } from '../receipt.ts'
import { newestFetches, parseBronzeFile } from './file-name.ts'
import { missingReceipt } from './read-receipt.ts'

const ending = '.json'
/** `<dataset>/_receipts`: what is left of bronze files that retention took. */
const folderOf = (dataset: string): string => join(dataset, '_receipts')

/** Takes a landed file away and keeps its receipt, which stands on disk before the file goes: whoever asks for the batch is answered as before. */
export async function bury(path: string, receipt: LakeReceipt): Promise<number> {
  const folder = folderOf(dirname(dirname(path)))
  await mkdir(folder, { recursive: true })
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}.tmp`)
  await writeFile(temporary, JSON.stringify(receipt))
  await publish(temporary, join(folder, `${basename(path)}${ending}`))
  const { size } = await stat(path)
  await rm(path)
  return size
}

/** Names of the files that retention took. */
export async function buriedFiles(dataset: string): Promise<readonly string[]> {
  const names = (await namesIn(folderOf(dataset))).filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length))
  return names.filter((name) => parseBronzeFile(name) !== undefined)
}

/** Of a batch's buried fetches the newest, or a certain one. */
export async function buriedFile(dataset: string, stem: string, wanted: string | undefined): Promise<string | undefined> {
  const names = await buriedFiles(dataset)
  if (wanted !== undefined) return names.includes(wanted) ? wanted : undefined
  return newestFetches(names).find((file) => file.stem === stem)?.fileName
}

export async function buriedReceipt(dataset: string, fileName: string): Promise<LakeReceipt> {
  const path = join(folderOf(dataset), `${fileName}${ending}`)
  const kept = JSON.parse(await readFile(path, 'utf8')) as LakeReceipt
  const stored = parseStored(kept)
  return stored === undefined ? missingReceipt(path) : receiptOf(stored, { version: fileName, bytes: kept.bytes }, true)
}
