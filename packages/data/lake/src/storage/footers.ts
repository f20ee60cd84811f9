import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LogStore } from '@sluice/delta'

/** Local files in the order asked for, until it is disposed of. */
export interface Footers {
  readonly files: readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

const tailBytes = 64 * 1024
const atOnce = 16

/**
 * Parquet files of which only the end is there: for statements over footers, which hold schema, counts and metadata. The rest of each file
 * is a hole, so a statement that reads rows fails or reads zeros.
 */
export async function footersOf(store: LogStore, paths: readonly string[], scratch: string): Promise<Footers> {
  const folder = join(scratch, `footers-${randomUUID()}`)
  const files = paths.map((path) => join(folder, path))
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    for (let from = 0; from < paths.length; from += atOnce)
      await Promise.all(paths.slice(from, from + atOnce).map((path, index) => writeEnd(store, path, files[from + index] ?? '')))
  } catch (thrown) {
    await dispose()
    throw thrown
  }
  return { files, [Symbol.asyncDispose]: dispose }
}

/** A missing file is left for the reader to name. */
async function writeEnd(store: LogStore, path: string, target: string): Promise<void> {
  const size = (await store.stat(path))?.size
  if (size === undefined) return
  const end = async (length: number): Promise<Uint8Array> =>
    (await store.readBytes(path, { offset: Math.max(0, size - length), length: Math.min(size, length) })) ?? new Uint8Array()
  let bytes = await end(tailBytes)
  const needed = footerBytes(bytes)
  if (needed > bytes.length && needed <= size) bytes = await end(needed)
  await mkdir(dirname(target), { recursive: true })
  const file = await open(target, 'w')
  try {
    await file.write(bytes, 0, bytes.length, size - bytes.length)
  } finally {
    await file.close()
  }
}

/** A Parquet file ends with its footer, the footer's length (four bytes, little-endian) and `PAR1`. */
function footerBytes(end: Uint8Array): number {
  return end.length < 8 ? 0 : new DataView(end.buffer, end.byteOffset).getUint32(end.length - 8, true) + 8
}
