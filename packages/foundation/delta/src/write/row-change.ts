import type { TableContext } from '../context.ts'
import { type DataFiles, writeDataFiles } from '../files/data-files.ts'
import { type CompleteState, keyOf } from '../log/replay.ts'
import type { Action, AddFile, ChangeFile, Metadata } from '../protocol/actions.ts'
import { isTrue } from '../protocol/properties.ts'
import type { TableShape } from '../read/prune.ts'
import { assign } from '../schema/assign.ts'
import { type Field, type StructType, toDuckType } from '../schema/schema.ts'
import type { Scratch } from '../scratch.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import type { ReadSet } from './conflict.ts'
import { removeOf } from './remove-file.ts'
import {
  liveRows,
  notAtPositions,
  position,
  positionedScan,
  type RemovedRows,
  selectRemoved,
  sumRows,
  type Touched,
} from './removed-rows.ts'
import { type Candidates, partitionKey, type Selection } from './selection.ts'
import { discard, type OwnFile } from './transaction.ts'
import { type MarkedFile, markRows, marksRows } from './vectors.ts'

/** The rows that a change removes from their files, and the rows that it adds. */
export interface RowChange {
  readonly base: CompleteState
  /** The table's shape before the change. */
  readonly shape: TableShape
  /** The table's schema after the change. It has more columns when a merge evolves it. */
  readonly schema: StructType
  readonly metadata: Metadata | undefined
  readonly removed: RemovedRows
  /**
   * A SELECT of the columns of `schema`, in their types, and of `position.change` ('insert' or 'update_postimage'). `undefined` without new
   * rows.
   */
  readonly fresh: string | undefined
  /** Are some of the new rows updated ones? */
  readonly updates: boolean
  /** A SELECT of the rows that the same commit adds in other files. Change data files must contain them too. */
  readonly beside?: () => Promise<string>
  /** A column that gets statistics in rewritten files in any case. */
  readonly statsFor?: string
}

/** A change of rows whose files are written and not yet committed. */
export interface ChangedRows {
  readonly actions: readonly Action[]
  readonly own: readonly OwnFile[]
  readonly addedFiles: readonly AddFile[]
  /** Files that are removed, or replaced by files with the remaining rows. */
  readonly removedFiles: readonly AddFile[]
  readonly markedFiles: readonly MarkedFile[]
  readonly changeFiles: readonly ChangeFile[]
  /** The number of removed rows; `undefined` when a wholly removed file has no count. */
  readonly removedRows: number | undefined
  /** The number of rows that were rewritten unchanged. */
  readonly copiedRows: number
  /** The number of new rows: inserted rows, and updated rows in their new state. */
  readonly freshRows: number
}

/**
 * Removes rows from their files and writes the new rows. A file that loses all its rows is removed. For any other file deletion vectors
 * mark the removed rows, if the table takes them. Otherwise the remaining rows are rewritten, by one COPY together with the new rows. If
 * change data files are due (PROTOCOL.md, Add CDC File), they contain every changed row. A failure leaves no files.
 */
export async function changeRows(context: TableContext, scratch: Scratch, change: RowChange): Promise<ChangedRows> {
  const { removed, shape } = change
  const partly = removed.touched.filter(({ emptied }) => !emptied)
  const canMark = ({ file }: Touched) => marksRows(change.base) && liveRows(file) !== undefined
  const rewritten = partly.filter((one) => !canMark(one))
  const removedFiles = [...removed.whole, ...removed.touched.filter((one) => one.emptied || !canMark(one)).map(({ file }) => file)]
  const own: OwnFile[] = []
  try {
    const { marked: markedFiles, own: vectorFiles } = await markRows(context, removed, partly.filter(canMark))
    own.push(...vectorFiles)
    const feeds = isFed(change, partly)
    const fresh = change.fresh === undefined || !feeds ? change.fresh : `SELECT * FROM ${await scratch.keep(change.fresh)}`
    const kept = rewritten.length === 0 ? undefined : await rowsThatStay(context, shape, removed, rewritten)
    const data = await writeRows(context, change, kept, fresh)
    own.push(...data.files)
    const changeFiles = feeds ? await writeChanges(context, change, fresh) : []
    own.push(...changeFiles)
    const wholeRows = sumRows(removed.whole)
    const copiedRows = kept === undefined ? 0 : await copied(context, rewritten, kept)
    const nowMs = context.now()
    return {
      actions: [
        ...(change.metadata === undefined ? [] : [{ metaData: change.metadata }]),
        ...[...removedFiles, ...markedFiles.map(({ before }) => before)].map((file) => ({ remove: removeOf(file, nowMs) })),
        ...[...markedFiles.map(({ after }) => after), ...data.files].map((add) => ({ add })),
        ...changeFiles.map((cdc) => ({ cdc })),
      ],
      own,
      addedFiles: data.files,
      removedFiles,
      markedFiles,
      changeFiles,
      removedRows: wholeRows === undefined ? undefined : removed.touched.reduce((sum, { rows }) => sum + rows, wholeRows),
      copiedRows,
      freshRows: data.rows - copiedRows,
    }
  } catch (cause) {
    await discard(context, own)
    throw cause
  }
}

/** Change files are not needed for files that are added or removed as a whole, unless the change updates rows. */
function isFed({ base, updates }: RowChange, partly: readonly Touched[]): boolean {
  if (!isTrue(base.metadata.configuration['delta.enableChangeDataFeed'])) return false
  return partly.length > 0 || updates
}

async function rowsThatStay(context: TableContext, shape: TableShape, removed: RemovedRows, files: readonly Touched[]): Promise<string> {
  const scan = await positionedScan(context, shape, files)
  return `SELECT ${columnsOf(shape.schema)} FROM (${scan}) WHERE ${notAtPositions(removed.rows)}`
}

async function copied({ connection }: TableContext, files: readonly Touched[], kept: string): Promise<number> {
  const live = sumRows(files.map(({ file }) => file))
  if (live !== undefined) return files.reduce((sum, { rows }) => sum - rows, live)
  const [row] = await queryRows(connection, `SELECT count(*) AS n FROM (${kept})`)
  return Number(row?.n)
}

const noFiles: DataFiles = { files: [], rows: 0, bytes: 0 }

async function writeRows(
  context: TableContext,
  change: RowChange,
  kept: string | undefined,
  fresh: string | undefined,
): Promise<DataFiles> {
  const columns = columnsOf(change.schema)
  const selects = [
    ...(kept === undefined ? [] : [`SELECT ${widened(change)} FROM (${kept})`]),
    ...(fresh === undefined ? [] : [`SELECT ${columns} FROM (${fresh})`]),
  ]
  if (selects.length === 0) return noFiles
  return await write(context, change, change.schema.fields, selects.join(' UNION ALL '))
}

async function writeChanges(context: TableContext, change: RowChange, fresh: string | undefined): Promise<ChangeFile[]> {
  const { removed, shape, schema } = change
  const beside = await change.beside?.()
  const type: Field = { name: '_change_type', type: 'string', nullable: true, metadata: {} }
  const gone = await selectRemoved(context, shape, removed)
  const selects = [
    `SELECT ${widened(change)}, ${position.change} AS _change_type FROM (${gone})`,
    ...(fresh === undefined ? [] : [`SELECT ${columnsOf(schema)}, ${position.change} AS _change_type FROM (${fresh})`]),
    ...(beside === undefined ? [] : [`SELECT ${columnsOf(schema)}, 'insert' AS _change_type FROM (${beside})`]),
  ]
  const { files } = await write(context, change, [...schema.fields, type], selects.join(' UNION ALL '), '_change_data')
  return files.map(({ path, partitionValues, size }) => ({ path, partitionValues, size, dataChange: false }))
}

function write(
  context: TableContext,
  { base, shape, metadata, statsFor }: RowChange,
  fields: readonly Field[],
  select: string,
  folder?: string,
): Promise<DataFiles> {
  const schema: StructType = { type: 'struct', fields }
  const columns = fields.map((field) => ({ name: field.name, type: toDuckType(field.type) }))
  return writeDataFiles(context.connection, context.store, {
    select,
    expressions: assign(schema, columns, false).expressions,
    schema,
    partitionColumns: shape.partitionColumns,
    properties: (metadata ?? base.metadata).configuration,
    nowMs: context.now(),
    ...(statsFor === undefined ? {} : { statsFor }),
    ...(folder === undefined ? {} : { folder }),
  })
}

function columnsOf({ fields }: StructType): string {
  return fields.map(({ name }) => quoteIdentifier(name)).join(', ')
}

/** The columns of the table before the change in the form that they have after it. */
function widened({ shape, schema }: RowChange): string {
  const known = new Set(shape.schema.fields.map(({ name }) => name))
  return schema.fields
    .map(({ name, type }) => (known.has(name) ? quoteIdentifier(name) : `CAST(NULL AS ${toDuckType(type)}) AS ${quoteIdentifier(name)}`))
    .join(', ')
}

/** What a change of the selected rows depends on. */
export function readsOf(selection: Pick<Selection, 'predicates'>, { whole, maybe, excluded }: Candidates, root: string): ReadSet {
  return {
    kind: 'matching',
    predicates: selection.predicates,
    files: new Set([...whole, ...maybe].map((file) => keyOf(file, root))),
    skips: (file) => excluded.has(partitionKey(file)),
  }
}
