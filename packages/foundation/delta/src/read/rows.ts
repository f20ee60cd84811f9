import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { AddFile } from '../protocol/actions.ts'
import { asLeaf, type DeltaType, decimalOf, type Field } from '../schema/schema.ts'
import { chunksOf } from '../sql.ts'
import type { LogStore } from '../store/store.ts'

/**
 * One row by column name. No value loses a digit: a long is a bigint, a decimal or a date a text, an instant an ISO-8601 text with
 * microseconds (`timestamp` with Z, `timestamp_ntz` without), a binary a Uint8Array, a map a Map, a struct an object. Such a row can be
 * written as it is.
 */
export type Row = Readonly<Record<string, unknown>>

/** One query reads files of about this many bytes, and its rows are in memory. */
const bytesAtOnce = 32 * 2 ** 20

export interface ReadContext {
  readonly connection: DuckDBConnection
  readonly store: LogStore
}

/**
 * The rows of some files in chunks of DuckDB. Each result is complete before its first chunk is given, because the caller may run other
 * statements on the connection between two chunks, and that would cut a stream.
 */
export async function* readChunks(
  { connection, store }: ReadContext,
  files: readonly AddFile[],
  scan: (files: readonly AddFile[]) => Promise<string>,
): AsyncGenerator<DuckDBDataChunk> {
  using _files = store.hold()
  for (const group of groupsOf(files)) yield* chunksOf(connection, await scan(group))
}

export async function* rowsOf(chunks: AsyncIterable<DuckDBDataChunk>, fields: readonly Field[]): AsyncGenerator<Row> {
  const columns = fields.map(({ name, type }) => ({ name, decode: decoderOf(type) }))
  for await (const chunk of chunks) {
    for (const values of chunk.getRows()) yield Object.fromEntries(columns.map(({ name, decode }, index) => [name, decode(values[index])]))
  }
}

function* groupsOf(files: readonly AddFile[]): Generator<readonly AddFile[]> {
  let group: AddFile[] = []
  let bytes = 0
  for (const file of files) {
    group.push(file)
    bytes += file.size
    if (bytes < bytesAtOnce) continue
    yield group
    group = []
    bytes = 0
  }
  if (group.length > 0) yield group
}

type Decode = (value: unknown) => unknown

function decoderOf(type: DeltaType): Decode {
  const decode = innerDecoder(type)
  return (value) => (value === null || value === undefined ? null : decode(value))
}

/** By the type of the column and not by the class of the value: the connection may come from another copy of DuckDB's package. */
function innerDecoder(type: DeltaType): Decode {
  if (typeof type === 'string') return scalarDecoder(type)
  switch (type.type) {
    case 'array': {
      const each = decoderOf(type.elementType)
      return (value) => (value as { readonly items: readonly unknown[] }).items.map(each)
    }
    case 'map': {
      const [key, each] = [decoderOf(type.keyType), decoderOf(type.valueType)]
      return (value) =>
        new Map(
          (value as { readonly entries: readonly { key: unknown; value: unknown }[] }).entries.map((entry) => [
            key(entry.key),
            each(entry.value),
          ]),
        )
    }
    case 'struct': {
      const decoders = type.fields.map((field) => [field.name, decoderOf(field.type)] as const)
      return (value) => {
        const { entries } = value as { readonly entries: Readonly<Record<string, unknown>> }
        return Object.fromEntries(decoders.map(([name, decode]) => [name, decode(entries[name])]))
      }
    }
    default:
      return asLeaf(type, (value: unknown) => value)
  }
}

function scalarDecoder(type: string): Decode {
  if (decimalOf(type as DeltaType) !== undefined || type === 'date') return String
  switch (type) {
    case 'timestamp':
      return (value) => `${isoOf((value as { readonly micros: bigint }).micros)}Z`
    case 'timestamp_ntz':
      return (value) => isoOf((value as { readonly micros: bigint }).micros)
    case 'binary':
      return (value) => new Uint8Array((value as { readonly bytes: Uint8Array }).bytes)
    default:
      return (value) => value
  }
}

/** The years of Delta's instants, 1 to 9999, have four digits. */
function isoOf(micros: bigint): string {
  const below = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - below) / 1000n)).toISOString().slice(0, -5)
  return `${seconds}.${below.toString().padStart(6, '0')}`
}
