import { closeSync, openSync, writeSync } from 'node:fs'
import { physical, RowsColumn, type RowsType, run } from './column.ts'
import { type Thrift, thriftBytes } from './thrift.ts'

/**
 * Rows on their way to DuckDB, as a Parquet file: PLAIN, not compressed. No text has to be quoted, NULL is not the empty text, and a file
 * without its end is not one. Columns may come while rows are written: rows before have no value there. The names in the file are `c0`,
 * `c1`, ..., so that no two are the same to DuckDB.
 */
export interface RowsFile {
  /** Of the row that is being written, within its group: what the methods of a column ask for. */
  readonly at: number
  /** Rows that have ended. */
  readonly rows: number
  /** Takes one column more. */
  addColumn(name: string, type: RowsType): RowsColumn
  /** Ends a row, or several. Columns without a value have NULL. */
  endRow(count?: number): void
  /** Writes the end of the file. @returns its columns, in their order */
  close(): readonly { readonly name: string; readonly type: RowsType }[]
}

export interface RowsFileOptions {
  readonly path: string
  /** Called before bytes are written, with how many; throws to end it. */
  readonly onBytes?: (bytes: number) => void
}

const groupRows = 122_880
const groupBytes = 33_554_432

interface Chunk {
  readonly at: bigint
  readonly bytes: bigint
}
interface Group {
  readonly rows: number
  /** By the place of the column; columns that came later have none yet. */
  readonly chunks: Chunk[]
}

export function createRowsFile({ path, onBytes }: RowsFileOptions): RowsFile {
  const file = openSync(path, 'wx')
  const columns: RowsColumn[] = []
  const groups: Group[] = []
  let [place, at, ended, unseen] = [0n, 0, 0, 0]

  function write(...pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      onBytes?.(piece.length)
      for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done)
      place += BigInt(piece.length)
    }
  }

  function writePage(rows: number, body: readonly Buffer[]): Chunk {
    const from = place
    const size = { i32: body.reduce((sum, { length }) => sum + length, 0) }
    const data: Thrift = { struct: { 1: { i32: rows }, 2: { i32: encodings.plain }, 3: { i32: encodings.rle }, 4: { i32: encodings.rle } } }
    write(thriftBytes({ struct: { 1: { i32: 0 }, 2: size, 3: size, 5: data } }), ...body)
    return { at: from, bytes: place - from }
  }

  function endGroup(): void {
    if (at === 0) return
    groups.push({ rows: at, chunks: columns.map((column) => writePage(at, column.page(at))) })
    at = 0
  }

  write(magic)
  return {
    get at() {
      return at
    },
    get rows() {
      return ended
    },
    addColumn(name, type) {
      const column = new RowsColumn(name, type, () => {
        unseen = Number.POSITIVE_INFINITY
      })
      columns.push(column)
      return column
    },
    endRow(count = 1) {
      at += count
      ended += count
      unseen += count * (columns.length + 1)
      // Adding up all columns costs. Without growth they hold no more than at the last time.
      if (at < groupRows && unseen < 20_000) return
      unseen = 0
      if (at >= groupRows || columns.reduce((sum, { bytes }) => sum + bytes, 0) >= groupBytes) endGroup()
    },
    close() {
      endGroup()
      for (const { rows, chunks } of groups)
        while (chunks.length < columns.length) {
          const levels = run(rows, 0)
          const length = Buffer.alloc(4)
          length.writeUInt32LE(levels.length)
          chunks.push(writePage(rows, [length, levels]))
        }
      const footer = thriftBytes(footerOf(columns, groups))
      const length = Buffer.alloc(4)
      length.writeUInt32LE(footer.length)
      write(footer, length, magic)
      closeSync(file)
      return columns.map(({ name, type }) => ({ name, type }))
    },
  }
}

const magic = Buffer.from('PAR1')
const encodings = { plain: 0, rle: 3 } as const
const optional: Thrift = { i32: 1 }
const utf8: Thrift = { i32: 0 }

function footerOf(columns: readonly RowsColumn[], groups: readonly Group[]): Thrift {
  const root: Thrift = { struct: { 4: { text: 'rows' }, 5: { i32: columns.length } } }
  const elements = columns.map(({ type }, index): Thrift => {
    const element = { 1: { i32: physical[type] }, 3: optional, 4: { text: `c${index}` } }
    return { struct: type === 'VARCHAR' ? { ...element, 6: utf8 } : element }
  })
  return {
    struct: {
      1: { i32: 1 },
      2: { list: [root, ...elements] },
      3: { i64: groups.reduce((sum, { rows }) => sum + BigInt(rows), 0n) },
      4: { list: groups.map((group) => groupOf(columns, group)) },
      6: { text: 'sluice' },
    },
  }
}

function groupOf(columns: readonly RowsColumn[], { rows, chunks }: Group): Thrift {
  const described = chunks.map(({ at, bytes }, index): Thrift => {
    const column: Thrift = {
      struct: {
        1: { i32: physical[columns[index]?.type ?? 'VARCHAR'] },
        2: { list: [{ i32: encodings.plain }, { i32: encodings.rle }] },
        3: { list: [{ text: `c${index}` }] },
        4: { i32: 0 },
        5: { i64: BigInt(rows) },
        6: { i64: bytes },
        7: { i64: bytes },
        9: { i64: at },
      },
    }
    return { struct: { 2: { i64: at }, 3: column } }
  })
  const bytes = chunks.reduce((sum, each) => sum + each.bytes, 0n)
  return { struct: { 1: { list: described }, 2: { i64: bytes }, 3: { i64: BigInt(rows) } } }
}
