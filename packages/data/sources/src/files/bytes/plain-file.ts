import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Compression } from '@sluice/author'
import { given } from '@sluice/core'
import { openFile } from '../folder/open-file.ts'
import type { FileAtHand, ReadContext } from '../reader.ts'
import { compressionOf } from './compression.ts'
import { type ExpansionLimits, expansionLimits } from './limits.ts'
import { unpacked } from './unpack.ts'

/** A file of a binary format as its reader needs it, at any place: itself, or what was packed in it, in the folder of the work. */
export interface PlainFile extends AsyncDisposable {
  readonly file: FileAtHand
  /** `none` for the file itself. */
  readonly compression: Compression
}

/**
 * A format that is a ZIP itself (workbooks) is packed in another only where the first member of that says so, or its source.
 * @param member name of a file of the format
 * @throws `file.damaged`, `file.limit`, `file.unsupported`
 */
export async function plainFile(
  file: FileAtHand,
  declared: Compression | undefined,
  { workFolder, signal }: Pick<ReadContext, 'workFolder' | 'signal'>,
  member?: RegExp,
  limits: ExpansionLimits = expansionLimits,
): Promise<PlainFile> {
  const compression = declared ?? (await foundIn(file, member))
  if (compression === 'none') return { file, compression, [Symbol.asyncDispose]: async () => undefined }
  const path = join(workFolder, `plain-${randomUUID()}`)
  const remove = (): Promise<void> => rm(path, { force: true })
  try {
    await pipeline(unpacked(file, compression, limits), createWriteStream(path, { flags: 'wx', mode: 0o600 }), given({ signal }))
    const { size } = await stat(path)
    return { file: { ...file, path, bytes: size }, compression, [Symbol.asyncDispose]: remove }
  } catch (thrown) {
    await remove()
    throw thrown
  }
}

async function foundIn({ path }: FileAtHand, member: RegExp | undefined): Promise<Compression> {
  await using handle = await openFile(path)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1_024), 0, 1_024, 0)
  const head = buffer.subarray(0, bytesRead)
  const compression = compressionOf(head)
  if (compression !== 'zip' || member === undefined) return compression
  // The name of a member stands 30 bytes behind its beginning (APPNOTE 4.3.7).
  const name = head.length < 30 ? '' : head.toString('utf8', 30, 30 + head.readUInt16LE(26))
  return member.test(name) ? compression : 'none'
}
