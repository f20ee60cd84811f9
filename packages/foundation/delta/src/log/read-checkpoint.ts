import { join } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { corrupt, corruptFile, DeltaError, missingFile, unreachable } from '../errors.ts'
import type { Action, AddFile, RemoveFile } from '../protocol/actions.ts'
import { checkOnce, toAction } from '../protocol/check-action.ts'
import { chunksOf, fileLiteral, queryRows, quoteIdentifier, streamOf } from '../sql.ts'
import type { LogStore } from '../store/store.ts'
import { type Columns, checkpointColumns } from './parquet-fields.ts'
import { parseCommit } from './parse-commit.ts'
import { type Checkpoint, logFolder } from './segment.ts'

/**
 * The content of a checkpoint. Files are lists of their own: there may be hundreds of thousands, and an object around each one would cost
 * time.
 */
export interface CheckpointContent {
  readonly version: number
  readonly adds: readonly AddFile[]
  readonly removes: readonly RemoveFile[]
  readonly others: readonly Action[]
}

type Part = Omit<CheckpointContent, 'version'>

/**
 * Reads a checkpoint of any form: classic, multi-part, or version 2 (JSON or Parquet, with a UUID in its name or without) with its sidecars
 * (PROTOCOL.md, Checkpoint Specs). Throws `file.missing` or `file.corrupt` for a checkpoint that cannot be the state of its version.
 */
export async function readCheckpoint(
  connection: DuckDBConnection,
  store: LogStore,
  { version, parts }: Checkpoint,
): Promise<CheckpointContent> {
  const isJson = parts[0]?.endsWith('.json') === true
  const main = isJson ? await readJson(store, parts[0] ?? '') : await readParquet(connection, store, parts)
  const manifest = main.others.find(({ checkpointMetadata }) => checkpointMetadata !== undefined)?.checkpointMetadata
  if (manifest === undefined && isJson)
    throw corruptFile(`The checkpoint ${parts[0]} has no checkpointMetadata.`, { file: parts[0], version })
  if (manifest !== undefined && manifest.version !== version)
    throw corruptFile(`The checkpoint of version ${version} says that it belongs to version ${manifest.version}.`, {
      file: parts[0],
      version,
    })
  checkOnce(main.others, `The checkpoint of version ${version}`)
  const sidecars = main.others.flatMap(({ sidecar }) => (sidecar === undefined ? [] : [sidecarPath(sidecar.path)]))
  const content = sidecars.length === 0 ? main : joined(main, await readParquet(connection, store, sidecars))
  const adds = countOf(manifest?.tags?.numOfAddFiles)
  if (adds !== undefined && adds !== content.adds.length)
    throw corruptFile(`The checkpoint of version ${version} does not have the number of files that it declares.`, {
      file: parts[0],
      version,
    })
  return { version, ...content }
}

function joined(main: Part, files: Part): Part {
  return { others: main.others, adds: [...main.adds, ...files.adds], removes: [...main.removes, ...files.removes] }
}

function countOf(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Sidecars lie in one folder. A writer may spell out a folder, but only the name of the file counts. */
function sidecarPath(path: string): string {
  const name = decodeURIComponent(path).split('/').at(-1) ?? ''
  if (name === '' || name === '..') throw corrupt(`The sidecar ${path} is not a file.`, { path })
  return `${logFolder}/_sidecars/${name}`
}

async function readJson(store: LogStore, path: string): Promise<Part> {
  const text = await store.read(path)
  if (text === undefined) throw missingFile('checkpoint', path)
  try {
    const actions = parseCommit(text, path)
    return {
      others: actions.filter(({ add, remove }) => add === undefined && remove === undefined),
      adds: actions.flatMap(({ add }) => (add === undefined ? [] : [add])),
      removes: actions.flatMap(({ remove }) => (remove === undefined ? [] : [remove])),
    }
  } catch (cause) {
    throw corruptFile(`The checkpoint ${path} cannot be read.`, { file: path }, cause)
  }
}

async function readParquet(connection: DuckDBConnection, store: LogStore, paths: readonly string[]): Promise<Part> {
  await store.fetch(paths)
  for (const path of paths) if ((await store.stat(path)) === undefined) throw missingFile('checkpoint file', path)
  const literals = paths.map((path) => fileLiteral(join(store.root, path)))
  const source = `read_parquet([${literals.join(', ')}], hive_partitioning=false, union_by_name=true)`
  try {
    const columns = await checkpointColumns(connection, literals)
    if (!columns.has('add') && !columns.has('metaData'))
      throw corruptFile('A checkpoint has neither a column add nor a column metaData.', { files: paths })
    return {
      others: await readOthers(connection, source, columns),
      adds: (await readFiles(connection, source, 'add', columns)) as unknown as AddFile[],
      removes: (await readFiles(connection, source, 'remove', columns)) as unknown as RemoveFile[],
    }
  } catch (cause) {
    if (!(cause instanceof DeltaError) || cause.code !== 'query.failed') throw cause
    throw corruptFile(`The checkpoint file ${paths[0]} cannot be read: ${cause.message}`, { files: paths }, cause)
  }
}

/** The fields to read of the few actions that do not describe files. The first field is never null in a row that holds the action. */
const otherFields = {
  protocol: ['minReaderVersion', 'minWriterVersion', 'readerFeatures', 'writerFeatures'],
  metaData: ['id', 'name', 'description', 'format', 'schemaString', 'partitionColumns', 'configuration', 'createdTime'],
  txn: ['appId', 'version', 'lastUpdated'],
  domainMetadata: ['domain', 'configuration', 'removed'],
  sidecar: ['path', 'sizeInBytes', 'modificationTime'],
  checkpointMetadata: ['version', 'tags'],
} as const
const otherKinds = Object.keys(otherFields) as (keyof typeof otherFields)[]

async function readOthers(connection: DuckDBConnection, source: string, columns: Columns): Promise<Action[]> {
  const kinds = otherKinds.filter((kind) => columns.get(kind)?.has(otherFields[kind][0]) === true)
  if (kinds.length === 0) return []
  const values = kinds.map((kind) => {
    const fields = otherFields[kind].filter((field) => columns.get(kind)?.has(field)).map((field) => fieldOf(kind, field, true))
    return `CASE WHEN ${fieldOf(kind, otherFields[kind][0])} IS NOT NULL THEN to_json(struct_pack(${fields.join(', ')}))::VARCHAR END AS ${kind}`
  })
  const filled = kinds.map((kind) => `${fieldOf(kind, otherFields[kind][0])} IS NOT NULL`)
  const rows = await queryRows(connection, `SELECT ${values.join(', ')} FROM ${source} WHERE ${filled.join(' OR ')}`)
  return rows.flatMap((row) =>
    kinds.flatMap((kind) => {
      const text = row[kind]
      return typeof text === 'string' ? [toAction({ [kind]: JSON.parse(text) as unknown }, 'A checkpoint')] : []
    }),
  )
}

function fieldOf(kind: string, field: string, named = false): string {
  const sql = `${quoteIdentifier(kind)}.${quoteIdentifier(field)}`
  return named ? `${quoteIdentifier(field)} := ${sql}` : sql
}

type FileKind = 'add' | 'remove'
type Form = 'text' | 'number' | 'boolean' | 'json'
/** `path` comes first: it is not null in a row that holds the action. */
const fileFields: Readonly<Record<FileKind, readonly (readonly [field: string, form: Form])[]>> = {
  add: [
    ['path', 'text'],
    ['partitionValues', 'json'],
    ['size', 'number'],
    ['modificationTime', 'number'],
    ['dataChange', 'boolean'],
    ['stats', 'text'],
    ['tags', 'json'],
    ['deletionVector', 'json'],
  ],
  remove: [
    ['path', 'text'],
    ['deletionTimestamp', 'number'],
    ['dataChange', 'boolean'],
    ['extendedFileMetadata', 'boolean'],
    ['partitionValues', 'json'],
    ['size', 'number'],
    ['deletionVector', 'json'],
  ],
}
/** Some writers write a typed copy instead of the column itself. */
const typedCopies: Readonly<Record<string, string>> = { stats: 'stats_parsed', partitionValues: 'partitionValues_parsed' }

/**
 * There may be hundreds of thousands of files, so only the needed fields are read. A typed copy is wide. It is read only when the column
 * itself is absent or has gaps.
 */
async function readFiles(connection: DuckDBConnection, source: string, kind: FileKind, columns: Columns): Promise<FileAction[]> {
  const present = columns.get(kind)
  if (present === undefined || !present.has('path')) return []
  const hasCopy = (field: string) => present.has(typedCopies[field] ?? '')
  const read = async (withCopies: boolean) => {
    const fields = fileFields[kind].filter(([field]) => present.has(field) || hasCopy(field))
    const values = fields.map(([field, form]) => {
      const own = present.has(field) ? [valueSql(fieldOf(kind, field), field, form)] : []
      const copied = hasCopy(field) && (withCopies || own.length === 0)
      return `coalesce(${[...own, ...(copied ? [`to_json(${fieldOf(kind, typedCopies[field] ?? '')})::VARCHAR`] : [])].join(', ')})`
    })
    return await readLines(connection, source, `${fieldOf(kind, 'path')} IS NOT NULL`, fields, values)
  }
  const files = await read(false)
  const gaps = Object.keys(typedCopies).filter((field) => present.has(field) && hasCopy(field))
  const complete = gaps.every((field) => files.every((file) => file[field] !== undefined))
  return complete ? files : await read(true)
}

function valueSql(sql: string, field: string, form: Form): string {
  if (form !== 'json') return form === 'text' ? sql : `${sql}::VARCHAR`
  const filled = field === 'deletionVector' ? `${sql}.storageType` : sql
  return `CASE WHEN ${filled} IS NOT NULL THEN to_json(${sql})::VARCHAR END`
}

type Fields = readonly (readonly [field: string, form: Form])[]
type FileAction = Record<string, unknown>

/** Characters that can occur neither in JSON nor in a URI. */
const [separator, nothing] = ['\u0001', '\u0002']

/**
 * One text for each file, in the order of the checkpoint. The texts stream: a complete result would hold all of them a second time, which
 * is most of the memory that a snapshot of very many files takes. Another statement on the connection cuts a stream without an error, so
 * the lines are counted, and read again as a whole when some are missing.
 */
async function readLines(
  connection: DuckDBConnection,
  source: string,
  condition: string,
  fields: Fields,
  values: readonly string[],
): Promise<FileAction[]> {
  const line = `concat(${values.map((sql) => `coalesce(${sql}, chr(2))`).join(', chr(1), ')})`
  const select = `SELECT ${line} AS line FROM ${source} WHERE ${condition}`
  const parsers = () => fields.map(([field, form]) => ({ field, parse: parserOf(field, form) }))
  const [row] = await queryRows(connection, `SELECT count(*) AS n FROM ${source} WHERE ${condition}`)
  if (Number(row?.n) === 0) return []
  const streamed = await filesOf(streamOf(connection, select), parsers()).catch(() => [])
  return streamed.length === Number(row?.n) ? streamed : await filesOf(chunksOf(connection, select), parsers())
}

async function filesOf(chunks: AsyncIterable<DuckDBDataChunk>, parsers: Parsers): Promise<FileAction[]> {
  const files: FileAction[] = []
  for await (const chunk of chunks) for (const line of chunk.getColumnValues(0)) files.push(fileOf(String(line), parsers))
  return files
}

type Parsers = readonly { readonly field: string; readonly parse: (text: string) => unknown }[]

function fileOf(line: string, parsers: Parsers): FileAction {
  const parts = line.split(separator)
  if (parts.length !== parsers.length) throw corruptFile('A checkpoint contains control characters where none are allowed.', {})
  const file: FileAction = {}
  let at = 0
  for (const { field, parse } of parsers) {
    const part = parts[at++] ?? nothing
    if (part !== nothing) file[field] = parse(part)
  }
  return file
}

function parserOf(field: string, form: Form): (text: string) => unknown {
  switch (form) {
    case 'text':
      return (text) => text
    case 'number':
      return Number
    case 'boolean':
      return (text) => text === 'true'
    case 'json':
      return cachedParser(field)
    default:
      return unreachable(form)
  }
}

/** A few values repeat very often: those of partitions. */
function cachedParser(field: string): (text: string) => unknown {
  const known = new Map<string, unknown>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const value = parseField(text, field)
    if (known.size < 10_000) known.set(text, value)
    return value
  }
}

/** Typed partition values become texts with all their digits. */
function parseField(text: string, field: string): unknown {
  if (field === 'deletionVector')
    return Object.fromEntries(Object.entries(JSON.parse(text) as object).filter(([, value]) => value !== null))
  const values = JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : typeof value === 'boolean' ? String(value) : value,
  ) as unknown
  return values
}
