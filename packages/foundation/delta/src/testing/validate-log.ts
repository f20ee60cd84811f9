import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { absolutePath } from '../log/uri.ts'
import {
  type Action,
  type AddFile,
  type ChangeFile,
  type DeletionVector,
  deletionVectorId,
  type Metadata,
  type RemoveFile,
} from '../protocol/actions.ts'
import { mappingMode, physicalName, physicalSchema } from '../schema/mapping.ts'
import { type Field, leavesOf, parseSchema } from '../schema/schema.ts'
import { checkStanding, type Standing, unborn } from './validate-schema.ts'

/**
 * Checks every commit of a table against the MUSTs of PROTOCOL.md and returns the violations, each with its version. For tests: it reads
 * the log with plain `JSON.parse` and shares no replay code with the library.
 */
export function validateLog(root: string): string[] {
  const faults: string[] = []
  const folder = join(root, '_delta_log')
  const commits = readdirSync(folder)
    .filter((name) => /^\d{20}\.json$/.test(name))
    .sort()
  const table: Seen = {
    columns: new Set(),
    standing: unborn,
    metadata: undefined,
    files: new Set(),
    rows: new Map(),
    removedLater: removedPaths(folder, commits),
  }
  for (const [index, name] of commits.entries()) {
    if (name !== `${index.toString().padStart(20, '0')}.json`) faults.push(`commit ${index}: the file is named ${name}`)
    const say = (fault: string) => faults.push(`commit ${index}: ${fault}`)
    const actions = readActions(join(folder, name), say)
    if (index === 0 && (actions.filter((a) => a.protocol).length !== 1 || actions.filter((a) => a.metaData).length !== 1))
      say('the first commit lacks protocol or metadata')
    checkCommit(actions, index, table, root, say)
  }
  for (const name of readdirSync(folder)) {
    if (!/^(\d{20}\.(json|checkpoint\.parquet)|_last_checkpoint|\..*)$/.test(name)) faults.push(`unexpected file ${name}`)
  }
  return faults
}

type Say = (fault: string) => void
interface Seen {
  /**
   * The physical paths of all data columns so far. A file that gets a deletion vector keeps the statistics of columns that were dropped.
   */
  readonly columns: Set<string>
  /** By `keyOf`; `undefined` for a file without a count. */
  readonly rows: Map<string, number | undefined>
  standing: Standing
  metadata: Metadata | undefined
  readonly files: Set<string>
  /** Files removed by some commit may be gone from the disk. */
  readonly removedLater: ReadonlySet<string>
}

function readActions(path: string, say: Say): Action[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const action = JSON.parse(line) as Action
      if (Object.keys(action).length !== 1) say(`a line holds ${Object.keys(action).length} actions`)
      return action
    })
}

function removedPaths(folder: string, commits: readonly string[]): Set<string> {
  const lines = commits.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
  return new Set(lines.flatMap((line) => (JSON.parse(line) as Action).remove?.path ?? []))
}

function checkCommit(actions: readonly Action[], version: number, table: Seen, root: string, say: Say): void {
  if (actions[0]?.commitInfo === undefined) say('commitInfo is not the first action')
  for (const kind of ['commitInfo', 'protocol', 'metaData'] as const)
    if (actions.filter((a) => a[kind] !== undefined).length > 1) say(`more than one ${kind}`)
  for (const { protocol, metaData } of actions) {
    if (protocol !== undefined) checkProtocol(protocol, say)
    if (metaData !== undefined) checkMetadata(metaData, table, say)
    if (metaData !== undefined) for (const column of dataColumns(table)) table.columns.add(column)
  }
  const removed = new Set(actions.flatMap(({ remove }) => (remove === undefined ? [] : [keyOf(remove)])))
  table.standing = checkStanding(table.standing, actions, version, table.files.isSubsetOf(removed), say)
  const appIds = actions.flatMap((a) => a.txn?.appId ?? [])
  if (new Set(appIds).size !== appIds.length) say('an application id has two transactions')
  for (const { txn } of actions)
    if (txn !== undefined && (!Number.isSafeInteger(txn.version) || typeof txn.appId !== 'string')) say('a transaction is malformed')
  for (const kind of ['add', 'remove'] as const) {
    const paths = actions.flatMap((a) => a[kind]?.path ?? [])
    if (new Set(paths).size !== paths.length) say(`two actions ${kind} one path`)
  }
  checkMoves(actions, table, say)
  for (const { remove } of actions) if (remove !== undefined) checkRemove(remove, table, say)
  for (const { add } of actions) if (add !== undefined) checkAdd(add, table, root, say)
  for (const { add } of actions) if (add?.deletionVector !== undefined) checkVector(add, add.deletionVector, table, say)
  for (const { cdc } of actions) if (cdc !== undefined) checkChangeFile(cdc, table, root, say)
}

/** PROTOCOL.md, Append-only Tables and Add File: a commit that does not change data adds as many rows as it removes. */
function checkMoves(actions: readonly Action[], { metadata, rows }: Seen, say: Say): void {
  const appendOnly = metadata?.configuration['delta.appendOnly'] === 'true'
  if (appendOnly && actions.some(({ remove }) => remove?.dataChange === true)) say('takes data from a table that only takes appends')
  let [before, after]: [number | undefined, number | undefined] = [0, 0]
  const moves = actions.flatMap(({ add, remove }) => add ?? remove ?? [])
  for (const { remove } of actions) if (remove !== undefined) before = sum(before, rows.get(keyOf(remove)))
  for (const { add } of actions) {
    if (add === undefined) continue
    rows.set(keyOf(add), rowsOf(add))
    after = sum(after, rowsOf(add))
  }
  if (moves.some((file) => file.dataChange) || before === undefined || after === undefined) return
  if (before !== after) say(`moves ${before} rows and leaves ${after}`)
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

function rowsOf({ stats, deletionVector }: AddFile): number | undefined {
  const rows = (JSON.parse(stats ?? '{}') as { readonly numRecords?: number }).numRecords
  return rows === undefined ? undefined : rows - (deletionVector?.cardinality ?? 0)
}

/** A path may be in the table with one deletion vector only. */
function keyOf(file: AddFile | RemoveFile): string {
  return `${file.path} ${deletionVectorId(file.deletionVector) ?? ''}`
}

function checkVector(add: AddFile, vector: DeletionVector, table: Seen, say: Say): void {
  if (table.metadata?.configuration['delta.enableDeletionVectors'] !== 'true')
    say(`${add.path} has a deletion vector the table does not take`)
  const stats = JSON.parse(add.stats ?? '{}') as { numRecords?: number; tightBounds?: boolean }
  if (stats.numRecords === undefined) say(`${add.path} has a deletion vector and no numRecords`)
  if (stats.tightBounds !== false) say(`${add.path} has a deletion vector and tight bounds`)
  if (!(vector.cardinality > 0) || vector.cardinality > (stats.numRecords ?? 0))
    say(`the deletion vector of ${add.path} has a wrong cardinality`)
  if ((vector.storageType === 'i') !== (vector.offset === undefined)) say(`the deletion vector of ${add.path} has a misplaced offset`)
  const others = [...table.files].filter((key) => key.startsWith(`${add.path} `))
  if (others.length > 1) say(`${add.path} is in the table with several deletion vectors`)
}

function checkChangeFile(file: ChangeFile, table: Seen, root: string, say: Say): void {
  if (table.metadata?.configuration['delta.enableChangeDataFeed'] !== 'true') say(`${file.path} holds changes that the table does not keep`)
  if (file.dataChange !== false) say(`the change file ${file.path} claims to change data`)
  if (!file.path.startsWith('_change_data/')) say(`the change file ${file.path} is not in _change_data`)
  const path = absolutePath(file.path, root)
  if (!existsSync(path) || statSync(path).size !== file.size) say(`the change file ${file.path} is not on disk as the log says`)
}

function checkProtocol(protocol: NonNullable<Action['protocol']>, say: Say): void {
  if ((protocol.minReaderVersion === 3) !== (protocol.readerFeatures !== undefined))
    say('readerFeatures must be there if and only if the reader version is 3')
  if ((protocol.minWriterVersion === 7) !== (protocol.writerFeatures !== undefined))
    say('writerFeatures must be there if and only if the writer version is 7')
}

function checkMetadata(metadata: Metadata, table: Seen, say: Say): void {
  const schema = parseSchema(metadata.schemaString)
  const names = schema.fields.map((f) => f.name.toLowerCase())
  if (new Set(names).size !== names.length) say('column names repeat ignoring case')
  for (const name of metadata.partitionColumns)
    if (!schema.fields.some((f) => f.name === name)) say(`the partition column ${name} is not a column`)
  if (metadata.format.provider !== 'parquet') say('the format is not parquet')
  if (table.metadata !== undefined) {
    if (table.metadata.id !== metadata.id) say('the id of the table changed')
  }
  table.metadata = metadata
}

function checkRemove(remove: RemoveFile, table: Seen, say: Say): void {
  if (!table.files.delete(keyOf(remove))) say(`removes ${remove.path}, which is not in the table`)
  if (!Number.isSafeInteger(remove.deletionTimestamp)) say(`the removal of ${remove.path} has no time`)
  if (typeof remove.dataChange !== 'boolean') say(`the removal of ${remove.path} lacks dataChange`)
  if (remove.extendedFileMetadata !== true || remove.partitionValues === undefined || remove.size === undefined)
    say(`the removal of ${remove.path} lacks extended metadata`)
}

function checkAdd(add: AddFile, table: Seen, root: string, say: Say): void {
  if (table.files.has(keyOf(add))) say(`adds ${add.path} again`)
  table.files.add(keyOf(add))
  if (!/^([\w\-.!~*'()/=]|%[0-9A-F]{2})+$/.test(add.path)) say(`the path ${add.path} is not URI-encoded`)
  const wanted = new Set(partitionsOf(table))
  if (wanted.symmetricDifference(new Set(Object.keys(add.partitionValues))).size > 0)
    say(`the partition values of ${add.path} name other columns`)
  for (const value of Object.values(add.partitionValues))
    if (value === '' || (value !== null && typeof value !== 'string')) say(`a partition value of ${add.path} is empty or no text`)
  if (
    !Number.isSafeInteger(add.size) ||
    add.size <= 0 ||
    !Number.isSafeInteger(add.modificationTime) ||
    typeof add.dataChange !== 'boolean'
  )
    say(`${add.path} has a malformed size, time or dataChange`)
  const path = absolutePath(add.path, root)
  if (existsSync(path)) {
    if (statSync(path).size !== add.size) say(`${add.path} has another size on disk`)
  } else if (!table.removedLater.has(add.path)) say(`${add.path} is not on disk`)
  checkStats(add, table, say)
}

/** Columns by their names in files and statistics. */
function physicalFields({ metadata }: Seen): readonly Field[] {
  return physicalSchema(parseSchema(metadata?.schemaString), mappingMode(metadata?.configuration ?? {})).fields
}

function dataColumns(table: Seen): string[] {
  const partitions = partitionsOf(table)
  return leavesOf(physicalFields(table).filter((field) => !partitions.includes(field.name))).map(({ path }) => path.join('.'))
}

function partitionsOf({ metadata }: Seen): string[] {
  const mode = mappingMode(metadata?.configuration ?? {})
  const fields = parseSchema(metadata?.schemaString).fields.filter(({ name }) => metadata?.partitionColumns.includes(name))
  return fields.map((field) => physicalName(field, mode))
}

function checkStats(add: AddFile, table: Seen, say: Say): void {
  const stats = JSON.parse(add.stats ?? 'null') as { numRecords: number; nullCount: object; minValues: object; maxValues: object } | null
  if (stats === null) return
  if (!Number.isSafeInteger(stats.numRecords) || stats.numRecords <= 0) say(`${add.path} has no sensible numRecords`)
  for (const group of ['nullCount', 'minValues', 'maxValues'] as const) {
    for (const [path, value] of flatten(stats[group])) {
      if (!table.columns.has(path)) say(`${add.path} has statistics for ${path}, which is not a data column`)
      if (group === 'nullCount' && (typeof value !== 'number' || value < 0 || value > stats.numRecords))
        say(`${add.path} counts ${String(value)} NULLs in ${path}`)
    }
  }
  const maxima = new Map(flatten(stats.maxValues))
  for (const [path, min] of flatten(stats.minValues)) {
    const max = maxima.get(path)
    if (typeof min === 'number' && typeof max === 'number' && min > max) say(`${add.path} has its minimum above its maximum in ${path}`)
    if (typeof min === 'string' && typeof max === 'string' && Buffer.compare(Buffer.from(min), Buffer.from(max)) > 0)
      say(`${add.path} has its minimum above its maximum in ${path}`)
  }
}

function flatten(value: object, above = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const path = above === '' ? key : `${above}.${key}`
    return typeof inner === 'object' && inner !== null ? flatten(inner, path) : [[path, inner] as [string, unknown]]
  })
}
