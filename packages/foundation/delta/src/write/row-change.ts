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
import { liveRows, notAtPlaces, type Places, place, placedScan, rowsThatGo, sumRows, type Touched } from './places.ts'
import { removeOf } from './remove-file.ts'
import { type Candidates, partitionKey, type Selection } from './selection.ts'
import { discard, type OwnFile } from './transaction.ts'
import { type MarkedFile, markRows, marksRows } from './vectors.ts'

/** Rows that leave their places, and rows that come. */
export interface RowChange {
  readonly base: CompleteState
  /** Of the table before the change. */
  readonly shape: TableShape
  /** Of the table after it: longer when a merge evolves it. */
  readonly schema: StructType
  readonly metadata: Metadata | undefined
  readonly places: Places
  /** A SELECT of the columns of `schema`, in their types, and `place.change` ('insert' or 'update_postimage'); `undefined` when no row comes. */
  readonly fresh: string | undefined
  /** Are some of the rows that come updated ones? */
  readonly updates: boolean
  /** A SELECT of rows that the same commit adds in files of their own: change files have to tell of them, too. */
  readonly beside?: () => Promise<string>
  /** A column that gets statistics in rewritten files whatever the table's properties say. */
  readonly statsFor?: string
}

/** What a change of rows has done: its files are written, no commit names them yet. */
export interface ChangedRows {
  readonly actions: readonly Action[]
  readonly own: readonly OwnFile[]
  readonly addedFiles: readonly AddFile[]
  /** Gone from the table, or replaced by files with the rows that stay. */
  readonly removedFiles: readonly AddFile[]
  readonly markedFiles: readonly MarkedFile[]
  readonly changeFiles: readonly ChangeFile[]
  /** Rows that left their places; `undefined` when a file that went whole tells no count. */
  readonly goneRows: number | undefined
  /** Rows that were written again unchanged. */
  readonly copiedRows: number
  /** Rows that are new: inserted, or updated ones as they are now. */
  readonly freshRows: number
}

/**
 * Takes rows out of their files and writes the ones that come. A file that loses all its rows is removed. Of another, where the table takes
 * deletion vectors, the rows are marked; otherwise those that stay are written again, in one COPY with the rows that come. Where change
 * data files are due (PROTOCOL.md, Add CDC File), they hold every row that changed. On a failure nothing is left.
 */
export async function changeRows(context: TableContext, scratch: Scratch, change: RowChange): Promise<ChangedRows> {
  const { places, shape } = change
  const partly = places.touched.filter(({ emptied }) => !emptied)
  const canMark = ({ file }: Touched) => marksRows(change.base) && liveRows(file) !== undefined
  const rewritten = partly.filter((one) => !canMark(one))
  const removedFiles = [...places.whole, ...places.touched.filter((one) => one.emptied || !canMark(one)).map(({ file }) => file)]
  const own: OwnFile[] = []
  try {
    const { marked: markedFiles, own: vectorFiles } = await markRows(context, places, partly.filter(canMark))
    own.push(...vectorFiles)
    const feeds = isFed(change, partly)
    const fresh = change.fresh === undefined || !feeds ? change.fresh : `SELECT * FROM ${await scratch.keep(change.fresh)}`
    const kept = rewritten.length === 0 ? undefined : await rowsThatStay(context, shape, places, rewritten)
    const data = await writeRows(context, change, kept, fresh)
    own.push(...data.files)
    const changeFiles = feeds ? await writeChanges(context, change, fresh) : []
    own.push(...changeFiles)
    const wholeRows = sumRows(places.whole)
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
      goneRows: wholeRows === undefined ? undefined : places.touched.reduce((sum, { rows }) => sum + rows, wholeRows),
      copiedRows,
      freshRows: data.rows - copiedRows,
    }
  } catch (cause) {
    await discard(context, own)
    throw cause
  }
}

/** Without updates, files that are added and removed whole tell readers of the feed all; so they need no change files. */
function isFed({ base, updates }: RowChange, partly: readonly Touched[]): boolean {
  if (!isTrue(base.metadata.configuration['delta.enableChangeDataFeed'])) return false
  return partly.length > 0 || updates
}

async function rowsThatStay(context: TableContext, shape: TableShape, places: Places, files: readonly Touched[]): Promise<string> {
  const scan = await placedScan(context, shape, files)
  return `SELECT ${columnsOf(shape.schema)} FROM (${scan}) WHERE ${notAtPlaces(places.rows)}`
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
  const { places, shape, schema } = change
  const beside = await change.beside?.()
  const type: Field = { name: '_change_type', type: 'string', nullable: true, metadata: {} }
  const gone = await rowsThatGo(context, shape, places)
  const selects = [
    `SELECT ${widened(change)}, ${place.change} AS _change_type FROM (${gone})`,
    ...(fresh === undefined ? [] : [`SELECT ${columnsOf(schema)}, ${place.change} AS _change_type FROM (${fresh})`]),
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

/** The columns of the table before as those of the table after. */
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
