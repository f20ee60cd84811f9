import { binary, bool, i32, i64, list, struct, type Thrift } from './thrift.ts'

/*
 * The footer and the page headers of a Parquet file (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift):
 * required columns, plain encoding, zstd, one page a column chunk.
 */

export interface ParquetColumn {
  readonly name: string
  readonly type: 'text' | 'integer' | 'instant'
}

/** One column of a row group, as it lies in the file. */
export interface Chunk {
  readonly column: ParquetColumn
  readonly rows: number
  /** Of its page header. */
  readonly offset: number
  /** With the page header. */
  readonly bytes: number
  readonly uncompressedBytes: number
  /** Of numbers: least and greatest, by which a reader leaves the row group out. */
  readonly range?: readonly [number, number]
}

const physical = { text: 6, integer: 1, instant: 2 } as const
const [plain, zstd, required, dataPage] = [0, 6, 0, 0]

export const pageHeader = (rows: number, uncompressedBytes: number, compressedBytes: number): Thrift =>
  struct({
    1: i32(dataPage),
    2: i32(uncompressedBytes),
    3: i32(compressedBytes),
    // The levels of required columns take no bytes; their encoding (3, RLE) is named all the same.
    5: struct({ 1: i32(rows), 2: i32(plain), 3: i32(3), 4: i32(3) }),
  })

export interface Footer {
  readonly columns: readonly ParquetColumn[]
  readonly groups: readonly (readonly Chunk[])[]
  readonly metadata: Readonly<Record<string, string>>
}

export const fileMetadata = ({ columns, groups, metadata }: Footer): Thrift =>
  struct({
    1: i32(2),
    2: list('struct', [struct({ 4: binary('schema'), 5: i32(columns.length) }), ...columns.map(schemaElement)]),
    3: i64(groups.reduce((rows, chunks) => rows + rowsOf(chunks), 0)),
    4: list('struct', groups.map(rowGroup)),
    5: list(
      'struct',
      Object.entries(metadata).map(([key, value]) => struct({ 1: binary(key), 2: binary(value) })),
    ),
    6: binary('sluice'),
    // Each column is ordered as its type is; without it a reader may not use the ranges.
    7: list(
      'struct',
      columns.map(() => struct({ 1: struct({}) })),
    ),
  })

const rowsOf = (chunks: readonly Chunk[]): number => chunks[0]?.rows ?? 0

function schemaElement({ name, type }: ParquetColumn): Thrift {
  const base = { 1: i32(physical[type]), 3: i32(required), 4: binary(name) }
  // Converted type and logical type say the same; old readers know the first alone.
  if (type === 'text') return struct({ ...base, 6: i32(0), 10: struct({ 1: struct({}) }) })
  if (type === 'instant') return struct({ ...base, 6: i32(10), 10: struct({ 8: struct({ 1: bool(true), 2: struct({ 2: struct({}) }) }) }) })
  return struct(base)
}

const rowGroup = (chunks: readonly Chunk[]): Thrift =>
  struct({
    1: list('struct', chunks.map(columnChunk)),
    2: i64(chunks.reduce((bytes, chunk) => bytes + chunk.uncompressedBytes, 0)),
    3: i64(rowsOf(chunks)),
  })

const columnChunk = ({ column, rows, offset, bytes, uncompressedBytes, range }: Chunk): Thrift =>
  struct({
    2: i64(offset),
    3: struct({
      1: i32(physical[column.type]),
      2: list('i32', [i32(plain)]),
      3: list('binary', [binary(column.name)]),
      4: i32(zstd),
      5: i64(rows),
      6: i64(uncompressedBytes),
      7: i64(bytes),
      9: i64(offset),
      12:
        range === undefined
          ? undefined
          : struct({ 3: i64(0), 5: binary(numberOf(column, range[1])), 6: binary(numberOf(column, range[0])) }),
    }),
  })

/** A number as it stands in the file; instants count microseconds there. */
export function numberOf({ type }: ParquetColumn, value: number): Buffer {
  const bytes = Buffer.alloc(type === 'integer' ? 4 : 8)
  if (type === 'integer') bytes.writeInt32LE(value)
  else bytes.writeBigInt64LE(BigInt(value) * 1_000n)
  return bytes
}
