import { DeltaError, unsupported } from '../errors.ts'
import { statsOf } from '../files/stats.ts'
import type { AddFile } from '../log/actions.ts'
import type { CompleteState } from '../log/replay.ts'
import { absolutePath } from '../log/uri.ts'
import { parseSchema, type StructType } from '../schema/schema.ts'
import { quoteIdentifier } from '../sql.ts'
import { canSkip, type Predicate, predicateSql, type TableShape } from './prune.ts'
import { type FileColumns, scanSelect } from './scan.ts'

export interface ScanOptions {
  /** Columns in the order wanted; all by default. */
  readonly columns?: readonly string[]
  /** All must hold. Files that cannot hold a match are not read. */
  readonly where?: readonly Predicate[]
}

/** The table at one version. A value: what is committed later does not change it. */
export interface Snapshot {
  readonly version: number
  /** When the version was committed, epoch milliseconds. */
  readonly timestampMs: number
  readonly id: string
  readonly schema: StructType
  readonly partitionColumns: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  readonly files: readonly AddFile[]
  /** Latest version committed by each application id. */
  readonly txns: ReadonlyMap<string, number>
  /** Rows by the statistics alone, `undefined` when a file has none. */
  readonly numRecords: number | undefined
  /** Size of all files. */
  readonly bytes: number
  /** A SELECT to put between parentheses into any query on a connection with time zone UTC. */
  scanSql(options?: ScanOptions): Promise<string>
}

export interface ScanContext {
  readonly root: string
  /** Physical columns of one data file; cached by the caller, since files never change. */
  readonly columnsOf: (path: string) => Promise<FileColumns>
  /** Makes data files, by their absolute paths, readable by DuckDB. */
  readonly fetch: (paths: readonly string[]) => Promise<void>
}

export function shapeOf(state: CompleteState): TableShape {
  return { schema: parseSchema(state.metadata.schemaString), partitionColumns: state.metadata.partitionColumns }
}

export function snapshotOf(state: CompleteState, timestampMs: number, context: ScanContext): Snapshot {
  const shape = shapeOf(state)
  const files = [...state.files.values()]
  return {
    version: state.version,
    timestampMs,
    id: state.metadata.id,
    schema: shape.schema,
    partitionColumns: shape.partitionColumns,
    properties: state.metadata.configuration,
    files,
    txns: new Map([...state.transactions].map(([appId, { version }]) => [appId, version])),
    numRecords: files.reduce<number | undefined>((sum, file) => {
      const rows = statsOf(file).numRecords
      return sum === undefined || rows === undefined || file.deletionVector !== undefined ? undefined : sum + rows
    }, 0),
    bytes: files.reduce((sum, file) => sum + file.size, 0),
    scanSql: (options = {}) => scanOf(files, shape, context, options),
  }
}

/** The SELECT over some of a table's files; with `positions` (and no `where`) also where each row lies, by `positionColumns`. Throws `protocol.unsupported` when one of them has a deletion vector. */
export async function scanOf(
  files: readonly AddFile[],
  shape: TableShape,
  context: ScanContext,
  { columns, where = [], positions = false }: ScanOptions & { readonly positions?: boolean },
): Promise<string> {
  const kept = where.length === 0 ? files : files.filter((file) => !canSkip(file, where, shape))
  if (kept.some((file) => file.deletionVector !== undefined)) throw unsupported('deletionVectors')
  const wanted = columns === undefined ? shape.schema.fields : columns.map((name) => fieldNamed(name, shape))
  const filtered = shape.schema.fields.filter((f) => wanted.includes(f) || where.some((p) => p.column === f.name))
  const paths = kept.map((file) => ({ path: absolutePath(file.path, context.root), partitionValues: file.partitionValues }))
  await context.fetch(paths.map(({ path }) => path))
  const [only] = paths
  const single = only !== undefined && paths.length === 1 ? await context.columnsOf(only.path) : undefined
  if (where.length === 0) return scanSelect({ shape, files: paths, fields: wanted, single, positions })
  const inner = scanSelect({ shape, files: paths, fields: filtered, single })
  return `SELECT ${wanted.map((f) => quoteIdentifier(f.name)).join(', ')} FROM (${inner}) WHERE ${predicateSql(where, shape)}`
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
