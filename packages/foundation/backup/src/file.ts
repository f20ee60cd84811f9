import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { damaged } from './errors.ts'
import type { BackupKey } from './key.ts'
import type { BackupPlace } from './place.ts'
import { opened, sealed } from './sealed.ts'

/** Of what zstd hands out at once: each piece is a turn of a thread, 16 KB unless given. */
const chunkSize = 1 << 20

/** A file as a manifest names it. */
export interface BackupFile {
  readonly path: string
  /** As it lies in the place. */
  readonly bytes: number
  /** Hexadecimal, of those bytes. */
  readonly sha256: string
  /** What it is when it is opened and unpacked. */
  readonly plainBytes: number
}

export interface FileForm {
  readonly place: BackupPlace
  /** Encrypted where it is given. */
  readonly key?: BackupKey | undefined
  /** Packed by zstd. */
  readonly packed: boolean
}

/** Packs, encrypts and writes a file, and counts and hashes it on the way. */
export async function writeBackupFile({ place, key, packed }: FileForm, path: string, source: AsyncIterable<Buffer>): Promise<BackupFile> {
  const hash = createHash('sha256')
  let [bytes, plainBytes] = [0, 0]
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      plainBytes += chunk.length
      yield chunk
    }
  }
  const small = packed
    ? through(counted(), createZstdCompress({ chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 1 } }))
    : counted()
  const written = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of key === undefined ? small : sealed(small, key)) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  await place.write(path, written())
  return { path, bytes, sha256: hash.digest('hex'), plainBytes }
}

/**
 * The content of a file again. What was read is proved at its end: whoever acts on it before must be able to take that back.
 * @throws `backup.damaged` naming the file
 */
export async function* readBackupFile({ place, key, packed }: FileForm, file: BackupFile): AsyncGenerator<Buffer> {
  const name = `${place.name}/${file.path}`
  const hash = createHash('sha256')
  let [bytes, plainBytes] = [0, 0]
  const stored = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of place.read(file.path)) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  const open = key === undefined ? stored() : opened(stored(), key, name)
  try {
    for await (const chunk of packed ? through(open, createZstdDecompress({ chunkSize })) : open) {
      plainBytes += chunk.length
      yield chunk
    }
  } catch (error) {
    if (isOfZstd(error)) throw damaged(name, 'cannot be unpacked: a byte was changed, or the file was cut')
    throw error
  }
  if (bytes !== file.bytes) throw damaged(name, `has ${bytes} bytes in place of ${file.bytes}`)
  if (hash.digest('hex') !== file.sha256) throw damaged(name, 'is not as it was written: its hash is another one')
  if (plainBytes !== file.plainBytes) throw damaged(name, `holds ${plainBytes} bytes in place of ${file.plainBytes}`)
}

const isOfZstd = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (String(error.code).startsWith('ZSTD_') || error.code === 'Z_BUF_ERROR')

/** A stream of Node between two iterables. What fails before it is thrown as it was. */
async function* through(source: AsyncIterable<Buffer>, stream: ReturnType<typeof createZstdCompress>): AsyncGenerator<Buffer> {
  const out = new PassThrough({ highWaterMark: 1 << 20 })
  let failed: { readonly error: unknown } | undefined
  const running = pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), stream, out).catch((error: unknown) => {
    failed = { error }
  })
  try {
    yield* out as AsyncIterable<Buffer>
  } catch (error) {
    await running
    throw failed?.error ?? error
  } finally {
    out.destroy()
    await running
  }
  if (failed !== undefined) throw failed.error
}

/** Reads a file to its end. @throws `backup.damaged` */
export async function verifyBackupFile(form: FileForm, file: BackupFile): Promise<void> {
  for await (const _ of readBackupFile(form, file));
}
