import { corrupt, DeltaError } from '../errors.ts'
import { keepsCommitTime } from '../log/in-commit-time.ts'
import { commitTimes, loadState, readCommit } from '../log/log.ts'
import type { CompleteState } from '../log/replay.ts'
import { type LogListing, missingVersion } from '../log/segment.ts'
import { count, instant, oneOf, options, stated } from '../options/form.ts'
import { type Action, type AddFile, deletionVectorId, type Metadata, type RemoveFile } from '../protocol/actions.ts'
import { isTrue } from '../protocol/properties.ts'
import { checkReadable } from '../protocol/readable.ts'
import { type Field, parseSchema, toDuckType } from '../schema/schema.ts'
import { quoteIdentifier } from '../sql.ts'
import type { TableShape } from './prune.ts'
import { checkSameColumns } from './same-columns.ts'
import { positionColumns } from './scan.ts'
import { type ScanContext, scanOf, shapeOf } from './snapshot.ts'

/** A range of versions, both ends included, by version or by time. The start is required. The end is the newest version by default. */
export interface ChangesOptions {
  readonly from?: number
  readonly to?: number
  /** Start at the first version committed at or after this instant (a Date, epoch milliseconds or ISO-8601). */
  readonly fromTimestamp?: Date | number | string
  /** End at the last version committed at or before this instant. */
  readonly toTimestamp?: Date | number | string
}

export const changesOptions = options<ChangesOptions>(
  { from: stated(count), to: stated(count), fromTimestamp: stated(instant), toTimestamp: stated(instant) },
  (range, at) => {
    oneOf<ChangesOptions>(['from', 'fromTimestamp'], 1)(range, at)
    oneOf<ChangesOptions>(['to', 'toTimestamp'])(range, at)
  },
)

/**
 * A SELECT of the rows that changed (PROTOCOL.md, Reader Requirements for AddCDCFile). It has the columns of the last version,
 * `_change_type` (insert, delete, update_preimage, update_postimage), `_commit_version` and `_commit_timestamp`. Throws
 * `changes.unavailable` when the table did not keep the feed, and `version.missing` when the commits were cleaned up.
 */
export async function changesSql(
  context: ScanContext,
  listing: LogListing,
  newest: CompleteState,
  options: ChangesOptions,
): Promise<string> {
  const times = await commitTimes(context.store, listing.commits, keepsCommitTime(newest.metadata))
  const { from, to } = rangeOf(options, times, newest.version)
  const end = await loadState(context.connection, context.store, listing, to)
  const first = await loadState(context.connection, context.store, listing, from)
  const shape = shapeOf(end)
  checkReadable(end.protocol, end.metadata, shape.schema)
  checkFed(first.metadata, from)
  const checkColumns = ({ schemaString }: Metadata, version: number) =>
    checkSameColumns(parseSchema(schemaString), shape.schema, shape.mapping, version)
  checkColumns(first.metadata, from)
  const found = emptyChanges()
  for (let version = from; version <= to; version++) {
    const time = times.find((each) => each.version === version)
    if (time === undefined) throw missingVersion(version, 'its commit was cleaned up')
    const actions = await readCommit(context.store, version)
    for (const { metaData } of actions) {
      if (metaData === undefined) continue
      checkFed(metaData, version)
      checkColumns(metaData, version)
      // The rows that the first version of the range removed have the columns of the version before it.
      if (version === from && times.some((each) => each.version === from - 1))
        checkColumns((await loadState(context.connection, context.store, listing, from - 1)).metadata, from - 1)
    }
    collect(found, actions, time)
  }
  return await selectOf(context, shape, found)
}

interface Commit {
  readonly version: number
  readonly timestampMs: number
}

function rangeOf({ from, to, fromTimestamp, toTimestamp }: ChangesOptions, times: readonly Commit[], newest: number) {
  const first =
    from ?? (fromTimestamp === undefined ? undefined : times.find((t) => t.timestampMs >= new Date(fromTimestamp).getTime())?.version)
  const last = to ?? (toTimestamp === undefined ? newest : times.findLast((t) => t.timestampMs <= new Date(toTimestamp).getTime())?.version)
  if (first === undefined || last === undefined || first > last || last > newest)
    throw missingVersion(first ?? last ?? -1, `the requested range contains no version, and the newest is ${newest}`)
  if (!times.some(({ version }) => version === first)) throw missingVersion(first, 'its commit was cleaned up')
  return { from: first, to: last }
}

function checkFed({ configuration }: Metadata, version: number): void {
  if (isTrue(configuration['delta.enableChangeDataFeed'])) return
  throw new DeltaError(
    'changes.unavailable',
    `The table did not keep its changes at version ${version}.`,
    "Ask for versions since 'delta.enableChangeDataFeed' was set to 'true'.",
    { version },
  )
}

type Changed = { readonly file: AddFile; readonly commit: Commit }
interface Changes {
  readonly inserts: Changed[]
  readonly deletes: Changed[]
  /** Change data files: each row says what happened to it. */
  readonly told: Changed[]
  /** A data file whose deletion vector changed. */
  readonly marked: { readonly before: AddFile; readonly after: AddFile; readonly commit: Commit }[]
}

const emptyChanges = (): Changes => ({ inserts: [], deletes: [], told: [], marked: [] })

function collect(found: Changes, actions: readonly Action[], commit: Commit): void {
  const told = actions.flatMap(({ cdc }) => (cdc === undefined ? [] : [cdc]))
  if (told.length > 0) {
    found.told.push(...told.map((cdc) => ({ file: { ...cdc, modificationTime: 0 }, commit })))
    return
  }
  const added = new Map(actions.flatMap(({ add }) => (add?.dataChange === true ? [[add.path, add] as const] : [])))
  for (const { remove } of actions) {
    if (remove?.dataChange !== true) continue
    const before = asFile(remove)
    const after = added.get(remove.path)
    if (after === undefined) found.deletes.push({ file: before, commit })
    else if (deletionVectorId(before.deletionVector) !== deletionVectorId(after.deletionVector))
      found.marked.push({ before, after, commit })
    added.delete(remove.path)
  }
  found.inserts.push(...[...added.values()].map((file) => ({ file, commit })))
}

function asFile({ path, partitionValues, size, deletionVector }: RemoveFile): AddFile {
  if (partitionValues === undefined) throw corrupt(`The removal of ${path} has no partition values.`, { path })
  return {
    path,
    partitionValues,
    size: size ?? 0,
    modificationTime: 0,
    dataChange: true,
    ...(deletionVector === undefined ? {} : { deletionVector }),
  }
}

const changeType: Field = { name: '_change_type', type: 'string', nullable: true, metadata: {} }

async function selectOf(context: ScanContext, shape: TableShape, { inserts, deletes, told, marked }: Changes): Promise<string> {
  const columns = shape.schema.fields.map(({ name }) => quoteIdentifier(name)).join(', ')
  const parts: string[] = []
  for (const [kind, files] of [
    ['insert', inserts],
    ['delete', deletes],
  ] as const)
    if (files.length > 0)
      parts.push(
        `SELECT ${columns}, '${kind}' AS _change_type, ${commitColumns(files)} FROM (${await scanOfChanged(context, shape, files)})`,
      )
  if (told.length > 0) {
    const fed = withChangeType(shape)
    parts.push(`SELECT ${columns}, _change_type, ${commitColumns(told)} FROM (${await scanOfChanged(context, fed, told)})`)
  }
  for (const { before, after, commit } of marked) {
    const [was, is] = await Promise.all([before, after].map((file) => scanOfChanged(context, shape, [{ file, commit }])))
    for (const [kind, from, without] of [
      ['delete', was, is],
      ['insert', is, was],
    ] as const)
      parts.push(
        `SELECT ${columns}, '${kind}' AS _change_type, ${commitColumns([{ commit }])} FROM (${from}) AS a ANTI JOIN (${without}) AS b ON a.${row} = b.${row}`,
      )
  }
  if (parts.length > 0) return parts.join(' UNION ALL ')
  const none = shape.schema.fields.map((f) => `CAST(NULL AS ${toDuckType(f.type)}) AS ${quoteIdentifier(f.name)}`).join(', ')
  return `SELECT ${none}, '' AS _change_type, 0::BIGINT AS _commit_version, ${timestampSql('0')} AS _commit_timestamp WHERE false`
}

/** Change data files have an additional column that the log does not map. Their columns have physical names in every mode. */
function withChangeType(shape: TableShape): TableShape {
  const fed = { ...shape, schema: { ...shape.schema, fields: [...shape.schema.fields, changeType] } }
  return shape.mapping === 'id' ? { ...fed, mapping: 'name' } : fed
}

const [file, row] = [quoteIdentifier(positionColumns.file), quoteIdentifier(positionColumns.row)]

function scanOfChanged(context: ScanContext, shape: TableShape, changed: readonly Changed[]): Promise<string> {
  return scanOf(
    changed.map((each) => each.file),
    shape,
    context,
    { positions: true },
  )
}

/** The commit of each row, found by the index of its file. */
function commitColumns(changed: readonly { readonly commit: Commit }[]): string {
  const of = (value: (commit: Commit) => number) => {
    const values = changed.map(({ commit }) => value(commit))
    return values.every((each) => each === values[0])
      ? `${values[0]}::BIGINT`
      : `list_extract([${values.join(', ')}]::BIGINT[], ${file} + 1)`
  }
  return `${of(({ version }) => version)} AS _commit_version, ${timestampSql(of(({ timestampMs }) => timestampMs))} AS _commit_timestamp`
}

function timestampSql(epochMs: string): string {
  return `epoch_ms(${epochMs}) AT TIME ZONE 'UTC'`
}
