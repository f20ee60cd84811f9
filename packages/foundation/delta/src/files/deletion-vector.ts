import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { corruptFile, type DeltaError, missingFile } from '../errors.ts'
import { decodePath } from '../log/uri.ts'
import type { DeletionVector } from '../protocol/actions.ts'
import { localStore } from '../store/local.ts'
import { onDisk } from '../store/on-disk.ts'
import type { LogStore } from '../store/store.ts'
import { decodePositions, encodePositions, type Positions, RoaringError } from './roaring.ts'
import { decodeZ85, encodeZ85 } from './z85.ts'

const fileVersion = 1
/** The length of a UUID in Z85. */
const uuidLength = 20

/**
 * The rows that a vector deletes from its data file. Throws `file.missing` or `file.corrupt` (checksum, form, or another number of rows
 * than the log says), so that a broken vector never brings deleted rows back.
 */
export async function readDeletionVector(store: LogStore, vector: DeletionVector): Promise<Positions> {
  const bytes = vector.storageType === 'i' ? inlineData(vector) : await dataInFile(store, vector)
  try {
    const positions = decodePositions(bytes)
    if (positions.length === vector.cardinality) return positions
    throw new RoaringError(`it contains ${positions.length} rows, but the log says ${vector.cardinality}`)
  } catch (cause) {
    if (cause instanceof RoaringError) throw broken(vector, cause.message, cause)
    throw cause
  }
}

/**
 * Writes the vectors of some data files into one new file in the table's folder, in the given order, durable on return. `own` is the path
 * of that file. The caller deletes it when no commit names it. Even a small vector is not stored in the log, because the VACUUM of Spark
 * (Delta 4.4) fails on a table with such a vector.
 */
export async function writeDeletionVectors(
  store: LogStore,
  wanted: readonly { readonly positions: Positions }[],
): Promise<{ readonly vectors: readonly DeletionVector[]; readonly own: readonly string[] }> {
  const uuid = randomUUID()
  const path = vectorFile(uuid)
  const pathOrInlineDv = encodeZ85(Buffer.from(uuid.replaceAll('-', ''), 'hex'))
  const parts: Uint8Array[] = [Uint8Array.of(fileVersion)]
  let offset = 1
  const vectors = wanted.map(({ positions }): DeletionVector => {
    const data = encodePositions(positions)
    const facts = { sizeInBytes: data.length, cardinality: positions.length }
    const vector = { storageType: 'u', pathOrInlineDv, offset, ...facts }
    parts.push(uint32(data.length), data, uint32(crc32(data)))
    offset += data.length + 8
    return vector
  })
  if (vectors.length === 0) return { vectors, own: [] }
  await onDisk('write', path, () => writeFile(join(store.root, path), Buffer.concat(parts), { flag: 'wx' }))
  await store.persist([path])
  return { vectors, own: [path] }
}

/**
 * The decoded path of the file that holds a vector, relative to the root or absolute. `undefined` for an inline vector. Throws
 * `file.corrupt`.
 */
export function deletionVectorPath(vector: DeletionVector): string | undefined {
  const { storageType, pathOrInlineDv: text } = vector
  switch (storageType) {
    case 'i':
      return undefined
    case 'p':
      return decodePath(text)
    case 'u': {
      const prefix = text.slice(0, -uuidLength)
      const hex = Buffer.from(decodeZ85(text.slice(-uuidLength)) ?? []).toString('hex')
      if (text.length < uuidLength || hex.length !== 32 || !/^[\w-]*$/.test(prefix)) throw broken(vector, 'its path is not a UUID in Z85')
      const file = vectorFile(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
      return prefix === '' ? file : `${prefix}/${file}`
    }
    default:
      throw broken(vector, `its storage type ${storageType} is unknown`)
  }
}

function vectorFile(uuid: string): string {
  return `deletion_vector_${uuid}.bin`
}

function inlineData(vector: DeletionVector): Uint8Array {
  const bytes = decodeZ85(vector.pathOrInlineDv)
  if (bytes === undefined || vector.sizeInBytes > bytes.length || vector.sizeInBytes <= bytes.length - 4)
    throw broken(vector, 'its text is not Z85 of the size in the log')
  return bytes.subarray(0, vector.sizeInBytes)
}

/**
 * PROTOCOL.md, Deletion Vector File Storage Format: a version byte, and for each vector its size, its data and their CRC-32, big-endian.
 * Without an offset, or with offset 0 (the version byte), the first vector is meant.
 */
async function dataInFile(store: LogStore, vector: DeletionVector): Promise<Uint8Array> {
  const path = deletionVectorPath(vector) ?? ''
  const { sizeInBytes } = vector
  const offset = vector.offset === undefined || vector.offset === null ? 1 : Math.max(vector.offset, 1)
  if (!Number.isSafeInteger(sizeInBytes) || sizeInBytes < 0 || sizeInBytes >= 2 ** 31 || !Number.isSafeInteger(offset))
    throw broken(vector, 'the log gives it an impossible size or offset')
  const from = offset === 1 ? 0 : offset
  const file = await bytesOf(store, path, { offset: from, length: offset - from + sizeInBytes + 8 })
  if (file === undefined) throw missingFile('deletion vector', path)
  if (from === 0 && file[0] !== fileVersion) throw broken(vector, `${path} has the unknown version ${file[0]}`)
  const part = file.subarray(offset - from)
  if (part.length < sizeInBytes + 8) throw broken(vector, `${path} ends too early`)
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
  if (view.getUint32(0) !== sizeInBytes) throw broken(vector, `${path} and the log give different sizes`)
  const data = part.subarray(4, 4 + sizeInBytes)
  if (crc32(data) !== view.getUint32(4 + sizeInBytes)) throw broken(vector, `the checksum in ${path} does not match`)
  return data
}

type Range = { readonly offset: number; readonly length: number }

/** A path outside of the table, as a shallow clone has it, is read directly from the disk. */
async function bytesOf(store: LogStore, path: string, range: Range): Promise<Uint8Array | undefined> {
  if (!isAbsolute(path)) return await store.readBytes(path, range)
  if (path.startsWith(`${store.root}/`)) return await store.readBytes(path.slice(store.root.length + 1), range)
  await store.fetch([path])
  return await localStore('/').readBytes(path, range)
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function broken({ storageType, pathOrInlineDv }: DeletionVector, why: string, cause?: unknown): DeltaError {
  return corruptFile(`A deletion vector is broken: ${why}.`, { deletionVector: `${storageType}${pathOrInlineDv}` }, cause)
}
