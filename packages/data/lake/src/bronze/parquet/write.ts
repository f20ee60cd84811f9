import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import { type Chunk, fileMetadata, numberOf, type ParquetColumn, pageHeader } from './metadata.ts'
import { encodeThrift } from './thrift.ts'

/** A value of a `text` column, an `integer`, or an `instant` in epoch milliseconds. */
export type Cell = string | number | LongText

/** A text that is not held in memory: its bytes in UTF-8, as many as it says. */
export interface LongText {
  readonly bytes: number
  open(): AsyncIterable<Uint8Array>
}

export interface ParquetFile {
  readonly columns: readonly ParquetColumn[]
  /** Rows that are read together, each with the cells of the columns in their order. */
  readonly groups: Iterable<readonly (readonly Cell[])[]>
  readonly metadata: Readonly<Record<string, string>>
}

const magic = Buffer.from('PAR1')
/** More than a page header takes: four numbers of at most five bytes, twice. */
const headerRoom = 64
/** How much is handed to the compressor at once. */
const pieceBytes = 256 * 1024

/**
 * Writes a Parquet file and holds no more of it than a piece: DuckDB's COPY needs four times the longest text of a row, this one nothing
 * (64 MB a body: 256 MB of DuckDB's memory against none). A page header stands before its page and says how long it is, so each page is
 * written behind some room, and the header into the end of that room; bytes between two pages belong to nobody.
 */
export async function writeParquet(file: FileHandle, { columns, groups, metadata }: ParquetFile): Promise<void> {
  const written: Chunk[][] = []
  let at = 0
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(file, bytes, at)
    at += bytes.length
  }
  await append(magic)
  for (const rows of groups) {
    const chunks: Chunk[] = []
    for (const [index, column] of columns.entries()) {
      const start = at + headerRoom
      at = start
      const uncompressedBytes = await compress(plainBytes(rows, index, column), append)
      const header = encodeThrift(pageHeader(rows.length, uncompressedBytes, at - start))
      const offset = start - header.length
      await writeAll(file, header, offset)
      const range = rangeOf(rows, index, column)
      chunks.push({
        column,
        rows: rows.length,
        offset,
        bytes: at - offset,
        uncompressedBytes: uncompressedBytes + header.length,
        ...(range === undefined ? {} : { range }),
      })
    }
    written.push(chunks)
  }
  const footer = encodeThrift(fileMetadata({ columns, groups: written, metadata }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  await append(Buffer.concat([footer, length, magic]))
}

/** Compresses what comes and writes it on; how many bytes came. */
async function compress(pieces: AsyncIterable<Uint8Array>, write: (bytes: Uint8Array) => Promise<void>): Promise<number> {
  let bytes = 0
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const piece of pieces) {
      bytes += piece.length
      yield piece
    }
  }
  await pipeline(Readable.from(counted(), { objectMode: false }), createZstdCompress(), async (compressed: AsyncIterable<Uint8Array>) => {
    for await (const piece of compressed) await write(piece)
  })
  return bytes
}

/** The values of a column in Parquet's plain encoding, small ones gathered. */
async function* plainBytes(rows: readonly (readonly Cell[])[], index: number, column: ParquetColumn): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for (const row of rows) {
    const cell = row[index] ?? ''
    if (typeof cell === 'object') {
      yield Buffer.concat([...waiting, lengthOf(cell.bytes)])
      waiting = []
      bytes = 0
      yield* cell.open()
      continue
    }
    const value = typeof cell === 'number' ? numberOf(column, cell) : Buffer.from(cell)
    const parts = typeof cell === 'number' ? [value] : [lengthOf(value.length), value]
    waiting.push(...parts)
    bytes += parts.reduce((sum, part) => sum + part.length, 0)
    if (bytes < pieceBytes) continue
    yield Buffer.concat(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(waiting)
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes)
  return length
}

function rangeOf(rows: readonly (readonly Cell[])[], index: number, { type }: ParquetColumn): readonly [number, number] | undefined {
  if (type === 'text') return undefined
  let range: [number, number] | undefined
  for (const row of rows) {
    const value = row[index] as number
    range = range === undefined ? [value, value] : [Math.min(range[0], value), Math.max(range[1], value)]
  }
  return range
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
