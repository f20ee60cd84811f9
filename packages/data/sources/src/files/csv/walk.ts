import type { Dialect } from './dialect.ts'
import { assemble } from './kernel/assemble.ts'
import { columnAt, columnBytes, stateAt, walkText } from './kernel/walk-text.ts'
import type { Provable, Written } from './provable.ts'

/** Walks over lines that are as nearly all are, many times faster than who looks for what else a line may be. */
export interface Walker {
  /**
   * From a place where a line begins, over lines with a cell for each column and a line end, quotes around whole cells or nowhere. It gives
   * where the first line begins that is another one, or has no end in the piece. Until another walker is given a piece.
   */
  over(piece: Uint8Array): (from: number) => number
  /** Lines that were walked over, all of them. */
  lines: number
  /** Bytes of the longest of them, with a CR before its end. */
  longest: number
  /** Whether a cell was quoted. */
  quoted: boolean
  /** The end that all of them have; `''` before the first one. */
  lineEnd: '\n' | '\r\n' | ''
  /** A line that is not to be met once more: the one that names the columns, without its LF. */
  names: Uint8Array | undefined
  /** Of each column 1 where all its cells are empty or written as they were to be. */
  readonly proved: Uint8Array
}

const lf = 0x0a
const lineEnds = ['', '\n', '\r\n'] as const
/** As `walk` counts them; 0 is a column that stays text. */
const kinds = ['text', 'integer', 'decimal', 'double', 'boolean', 'date', 'timestamp'] as const
const pageBytes = 65_536
/** What `walk` may look at behind the bytes that it is given: line feeds end whatever it looks for. */
const margin = 64

interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): void
}

interface Kernel {
  readonly memory: Memory
  walk(...given: readonly number[]): number
}

/** What is used of it: its types come with those of browsers alone. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

let loaded: Kernel | undefined

/** One for all walkers of a thread: none of them waits while it walks. */
function kernel(): Kernel {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly
  loaded ??= new Instance(new Module(assemble(walkText))).exports as Kernel
  return loaded
}

/** @param columns what each is to be found to be; `undefined` for one that stays text */
export function walkerOf(dialect: Dialect, columns: readonly (Provable | undefined)[]): Walker {
  const delimiter = dialect.delimiter.charCodeAt(0)
  const quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0)
  const comment = dialect.comment === '' ? -1 : (Buffer.from(dialect.comment)[0] ?? -1)
  const described = describe(columns)
  const kindOf = columns.map((column) => (column === undefined ? 0 : kinds.indexOf(column.written.kind)))
  const proved = Uint8Array.from(kindOf, (kind) => (kind === 0 ? 0 : 1))
  const pieceAt = stateAt.columns + described.length
  const last = pieceAt - columnBytes
  const walker: Walker = { over, lines: 0, longest: 0, quoted: false, lineEnd: '', names: undefined, proved }

  function over(piece: Uint8Array): (from: number) => number {
    const { memory, walk } = kernel()
    const end = pieceAt + piece.length
    const namesAt = end + margin
    const bytes = atLeast(memory, namesAt)
    bytes.set(described, stateAt.columns)
    bytes.set(piece, pieceAt)
    bytes.fill(lf, end, namesAt)
    return (from) => {
      const { names } = walker
      const at = atLeast(memory, namesAt + (names?.length ?? 0))
      if (names !== undefined) at.set(names, namesAt)
      for (const [column, kind] of kindOf.entries()) at[stateAt.columns + column * columnBytes] = proved[column] === 1 ? kind : 0
      const state = new DataView(memory.buffer)
      state.setInt32(stateAt.lines, walker.lines, true)
      state.setInt32(stateAt.longest, walker.longest, true)
      state.setInt32(stateAt.quoted, walker.quoted ? 1 : 0, true)
      state.setInt32(stateAt.lineEnd, lineEnds.indexOf(walker.lineEnd), true)
      const to = walk(pieceAt + from, end, stateAt.columns, last, delimiter, quote, comment, namesAt, names?.length ?? -1) - pieceAt
      walker.lines = state.getInt32(stateAt.lines, true)
      walker.longest = state.getInt32(stateAt.longest, true)
      walker.quoted = state.getInt32(stateAt.quoted, true) === 1
      walker.lineEnd = lineEnds[state.getInt32(stateAt.lineEnd, true)] ?? ''
      for (const column of proved.keys()) proved[column] = at[stateAt.columns + column * columnBytes] === 0 ? 0 : 1
      return to
    }
  }

  return walker
}

/** The bytes of a memory, of which there are so many at least. */
function atLeast(memory: Memory, bytes: number): Uint8Array {
  const missing = bytes - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
  return new Uint8Array(memory.buffer)
}

/** The columns as `walk` reads them, but for their kinds. */
function describe(columns: readonly (Provable | undefined)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(columns.length * columnBytes))
  for (const [at, column] of columns.entries()) {
    const { before, behind, most } = limitsOf(column?.written)
    view.setUint8(at * columnBytes + columnAt.before, before)
    view.setUint8(at * columnBytes + columnAt.behind, behind)
    view.setBigInt64(at * columnBytes + columnAt.most, most, true)
  }
  return new Uint8Array(view.buffer)
}

const unbounded = 2n ** 63n - 1n

const limitsOf = (written: Written | undefined): { readonly before: number; readonly behind: number; readonly most: bigint } => {
  const most = written?.kind === 'integer' && written.most !== undefined ? BigInt(written.most) : unbounded
  return written !== undefined && 'before' in written ? { ...written, most } : { before: 0, behind: 0, most }
}
