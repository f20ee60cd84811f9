import { existsSync } from 'node:fs'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { DeltaError, missingFile } from '../errors.ts'
import { statsOf } from '../files/stats.ts'
import type { CompleteState } from '../log/replay.ts'
import { absolutePath } from '../log/uri.ts'
import { checkArguments, checked, optionalArgument } from '../options/call.ts'
import { filledText, list, optional, options, stated } from '../options/form.ts'
import type { AddFile } from '../protocol/actions.ts'
import { mappingOf } from '../protocol/readable.ts'
import { parseSchema, type StructType } from '../schema/schema.ts'
import { quoteIdentifier } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import { notDeleted } from './deleted-rows.ts'
import { checkNestedIds } from './nested-ids.ts'
import { predicates } from './predicate-form.ts'
import { canSkip, checkPredicates, type Predicate, predicateSql, type TableShape } from './prune.ts'
import { type Row, readChunks, rowsOf } from './rows.ts'
import { type FileColumns, scanSelect } from './scan.ts'

export interface ScanOptions {
  /** The columns in the requested order; all columns by default. */
  readonly columns?: readonly string[]
  /** Conditions that must all hold. Files without a possible match are not read. */
  readonly where?: readonly Predicate[]
  /** Only the rows of these data files, by their paths in `files`; all by default. A path that is none of them has no rows. */
  readonly files?: readonly string[]
}

const scanOptions = options<ScanOptions>({
  columns: optional(list(filledText, 'Name at least one column, or leave the key out for all columns.')),
  where: stated(predicates),
  files: optional(list(filledText)),
})

/** The table at one version. Later commits do not change it. */
export interface Snapshot {
  readonly version: number
  /** The time of the commit, epoch milliseconds. */
  readonly timestampMs: number
  readonly id: string
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  readonly files: readonly AddFile[]
  /** The latest version that each application id committed. */
  readonly txns: ReadonlyMap<string, number>
  /** The number of rows by statistics and deletion vectors; `undefined` when a file has no statistics. */
  readonly numRecords: number | undefined
  /** The size of all files. */
  readonly bytes: number
  /** A SELECT that can stand in parentheses in any query on a connection with time zone UTC. */
  scanSql(options?: ScanOptions): Promise<string>
  /**
   * The rows as objects, file after file; memory grows with the size of a file and not with that of the table. For anything but reading
   * rows one by one, SQL over `scanSql` is many times faster.
   */
  rows(options?: ScanOptions): AsyncIterable<Row>
  /** The same rows as DuckDB's chunks: values by column, at most 2,048 rows in each. */
  chunks(options?: ScanOptions): AsyncIterable<DuckDBDataChunk>
}

export interface ScanContext {
  readonly root: string
  readonly connection: DuckDBConnection
  readonly store: LogStore
  /** The physical columns of one data file. The caller caches them, because files never change. */
  readonly columnsOf: (path: string) => Promise<FileColumns>
}

export function shapeOf(state: CompleteState): TableShape {
  return {
    schema: parseSchema(state.metadata.schemaString),
    partitionColumns: state.metadata.partitionColumns,
    mapping: mappingOf(state.protocol, state.metadata),
    version: state.version,
  }
}

/** Values whose cost grows with the number of files are computed on first use. */
export function snapshotOf(state: CompleteState, timestampMs: number, context: ScanContext): Snapshot {
  const shape = shapeOf(state)
  const files = once(() => [...state.files.values()])
  const numRecords = once(() => countOf(files()))
  return {
    version: state.version,
    timestampMs,
    id: state.metadata.id,
    schema: shape.schema,
    partitionColumns: shape.partitionColumns,
    properties: state.metadata.configuration,
    get files() {
      return files()
    },
    txns: new Map([...state.transactions].map(([appId, { version }]) => [appId, version])),
    get numRecords() {
      return numRecords()
    },
    get bytes() {
      return files().reduce((sum, file) => sum + file.size, 0)
    },
    scanSql: checked('scanSql', [optionalArgument('options', scanOptions)], (options = {}) =>
      scanOf(among(options), shape, context, options),
    ),
    rows(...given) {
      const { fields, chunks } = reading('rows', given)
      return rowsOf(chunks, fields)
    },
    chunks: (...given) => reading('chunks', given).chunks,
  }

  function among({ files: paths }: ScanOptions): readonly AddFile[] {
    if (paths === undefined) return files()
    const wanted = new Set(paths)
    return files().filter(({ path }) => wanted.has(path))
  }

  function reading(call: string, given: readonly [options?: ScanOptions | undefined]) {
    checkArguments(call, [optionalArgument('options', scanOptions)], given)
    const [options = {}] = given
    const { columns, where = [] } = options
    checkPredicates(where, shape)
    const fields = columns === undefined ? shape.schema.fields : columns.map((name) => fieldNamed(name, shape))
    const kept = among(options).filter((file) => !canSkip(file, where, shape))
    return { fields, chunks: readChunks(context, kept, (some) => scanOf(some, shape, context, options)) }
  }
}

function once<Value>(work: () => Value): () => Value {
  let result: { readonly value: Value } | undefined
  return () => {
    result ??= { value: work() }
    return result.value
  }
}

function countOf(files: readonly AddFile[]): number | undefined {
  let sum = 0
  for (const file of files) {
    const rows = numRecordsOf(file)
    if (rows === undefined) return undefined
    sum += rows - (file.deletionVector?.cardinality ?? 0)
  }
  return sum
}

/** Nearly all writers write the count first, and parsing the rest of the statistics costs far more. */
function numRecordsOf(file: AddFile): number | undefined {
  const first = /^\{"numRecords":(\d{1,15})[,}]/.exec(file.stats ?? '')
  return first === null ? statsOf(file).numRecords : Number(first[1])
}

/**
 * The SELECT over some of a table's files. With `positions`, which excludes `where`, it also gives `positionColumns`. Throws `file.missing`
 * or `file.corrupt` for the files that it inspects. Faults that appear only when the query runs are errors of DuckDB.
 */
export async function scanOf(
  files: readonly AddFile[],
  shape: TableShape,
  context: ScanContext,
  { columns, where = [], positions = false }: ScanOptions & { readonly positions?: boolean },
): Promise<string> {
  checkPredicates(where, shape)
  const kept = where.length === 0 ? files : files.filter((file) => !canSkip(file, where, shape))
  const wanted = columns === undefined ? shape.schema.fields : columns.map((name) => fieldNamed(name, shape))
  const filtered = shape.schema.fields.filter((f) => wanted.includes(f) || where.some((p) => p.column === f.name))
  const paths = kept.map((file) => ({ path: absolutePath(file.path, context.root), partitionValues: file.partitionValues }))
  await makeReadable(paths, shape, context)
  if (shape.mapping === 'id') {
    await checkNestedIds(
      context.connection,
      paths.map(({ path }) => path),
      shape.schema.fields,
    )
  }
  const [only] = paths
  const single = only !== undefined && paths.length === 1 && shape.mapping !== 'id' ? await context.columnsOf(only.path) : undefined
  const scan = { shape, files: paths, single, notDeleted: await notDeleted(context.store, kept) }
  if (where.length === 0) return scanSelect({ ...scan, fields: wanted, positions })
  const inner = scanSelect({ ...scan, fields: filtered })
  return `SELECT ${wanted.map((f) => quoteIdentifier(f.name)).join(', ')} FROM (${inner}) WHERE ${predicateSql(where, shape)}`
}

async function makeReadable(files: readonly { readonly path: string }[], { version }: TableShape, { root, store }: ScanContext) {
  await store.fetch(files.map(({ path }) => (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path)))
  // Costs a microsecond for each file, a hundredth of opening it.
  const missing = files.find(({ path }) => !existsSync(path))
  if (missing !== undefined)
    throw missingFile(version === undefined ? 'data file' : `data file of version ${version}`, missing.path, { version })
}

function fieldNamed(name: string, { schema }: TableShape) {
  const field = schema.fields.find((f) => f.name === name)
  if (field !== undefined) return field
  throw new DeltaError(
    'schema.mismatch',
    `The table has no column ${name}.`,
    `Name one of: ${schema.fields.map((f) => f.name).join(', ')}.`,
    { column: name },
  )
}
