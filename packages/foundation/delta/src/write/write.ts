import type { TableContext } from '../context.ts'
import { DeltaError, unsupported } from '../errors.ts'
import { type DataFiles, writeDataFiles } from '../files/data-files.ts'
import type { CompleteState } from '../log/replay.ts'
import type { Metadata } from '../protocol/actions.ts'
import { evolveMetadata } from '../protocol/evolve.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { literalOf, predicateSql, type TableShape } from '../read/prune.ts'
import { scanOf, shapeOf } from '../read/snapshot.ts'
import { type Assignment, assign } from '../schema/assign.ts'
import { type StructType, toDuckType } from '../schema/schema.ts'
import { scratchOn } from '../scratch.ts'
import { describe, queryRows, quoteIdentifier } from '../sql.ts'
import { removalMetrics } from './change.ts'
import type { ReadSet } from './conflict.ts'
import { planRemoval, type Removal } from './removal.ts'
import type { OverwriteOptions, ReplaceBatchOptions, WriteRequest } from './request.ts'
import { readsOf } from './row-change.ts'
import { everyRow, type Selection, selectionOf } from './selection.ts'
import { discard, type Staged, transact } from './transaction.ts'

export interface CommitResult {
  /** Of this commit; of the table when nothing was written. */
  readonly version: number
  /** The `txn` was there already and nothing was written. */
  readonly alreadyCommitted: boolean
  readonly addedFiles: number
  readonly removedFiles: number
  /** Rows of the query. */
  readonly rows: number
  /** Rows of earlier versions that are gone; `undefined` when a removed file tells no count. */
  readonly removedRows: number | undefined
  /** Size of the files of the query's rows. */
  readonly bytes: number
}

/**
 * One write: rows to files, the plan of what goes, the commit. Files of the query's rows survive a lost race; what depends on the rows of the
 * table is planned again on a fresh snapshot.
 */
export async function write(context: TableContext, request: WriteRequest): Promise<CommitResult> {
  let prepared: Prepared | undefined
  const abandon = async () => {
    await discard(context, prepared?.data.files)
    prepared = undefined
  }
  return await transact<CommitResult>(context, {
    txn: request.txn,
    abandon,
    unchanged: ({ version }, alreadyCommitted) => ({
      version,
      alreadyCommitted,
      addedFiles: 0,
      removedFiles: 0,
      rows: 0,
      removedRows: 0,
      bytes: 0,
    }),
    async stage(base) {
      await using scratch = scratchOn(context.connection)
      const basis = JSON.stringify([base.protocol, base.metadata])
      if (prepared?.basis !== basis) await abandon()
      prepared ??= await prepare(context, base, request, basis)
      const { plan, data } = prepared
      const selection = await selectionFor(context, request, plan.shape)
      if (request.kind === 'overwrite' && selection !== undefined) await checkNewRows(context, plan, data, selection)
      const removal = await planRemoval(context, scratch, {
        base,
        shape: plan.shape,
        schema: plan.schema,
        metadata: plan.metadata,
        selection: selection ?? (request.kind === 'overwrite' ? everyRow : undefined),
        added: data.files,
        ...(request.kind === 'replaceBatch' ? { statsFor: request.column } : {}),
      })
      return stagedWrite(context, base, request, { ...prepared, selection, removal })
    },
  })
}

interface Prepared {
  /** What the plan and the files depend on; another basis needs others. */
  readonly basis: string
  readonly plan: WritePlan
  readonly data: DataFiles
}

async function prepare(context: TableContext, base: CompleteState, request: WriteRequest, basis: string): Promise<Prepared> {
  const plan = await planWrite(context, base, request)
  const data = await writeDataFiles(context.connection, context.store, {
    select: plan.select,
    expressions: plan.expressions,
    schema: plan.schema,
    partitionColumns: plan.shape.partitionColumns,
    properties: (plan.metadata ?? base.metadata).configuration,
    nowMs: context.now(),
    ...(request.kind === 'replaceBatch' ? { statsFor: request.column } : {}),
  })
  return { basis, plan, data }
}

/** Which rows of the table go, when not all or none. */
async function selectionFor({ connection }: TableContext, request: WriteRequest, shape: TableShape): Promise<Selection | undefined> {
  if (request.kind === 'replaceBatch')
    return await selectionOf(connection, [{ column: request.column, op: '=', value: request.value }], shape)
  if (request.kind !== 'overwrite' || request.replaceWhere === undefined) return undefined
  return await selectionOf(connection, request.replaceWhere, shape)
}

/** Rows that the next overwrite of the same condition would not take away again must not come with this one. */
async function checkNewRows(context: TableContext, { shape, schema }: WritePlan, { files }: DataFiles, { sql }: Selection): Promise<void> {
  const scan = await scanOf(files, { ...shape, schema }, context, {})
  const [row] = await queryRows(context.connection, `SELECT count(*) AS n FROM (${scan}) AS target WHERE (${sql}) IS NOT TRUE`)
  const rows = Number(row?.n)
  if (rows === 0) return
  throw new DeltaError(
    'rows.invalid',
    `${rows} of the new rows do not satisfy the condition of what they replace, ${sql}.`,
    'Filter the query by the condition, or widen the condition.',
    { rows, replaceWhere: sql },
  )
}

interface Planned extends Prepared {
  readonly selection: Selection | undefined
  readonly removal: Removal
}

function stagedWrite(
  context: TableContext,
  base: CompleteState,
  request: WriteRequest,
  { plan, data, selection, removal }: Planned,
): Staged<CommitResult> {
  const { changed } = removal
  const added = [...(changed?.addedFiles ?? []), ...data.files]
  const removedFiles = changed?.removedFiles ?? []
  const metadata = plan.metadata === undefined || changed !== undefined ? [] : [{ metaData: plan.metadata }]
  return {
    actions: [...metadata, ...(changed?.actions ?? []), ...data.files.map((add) => ({ add }))],
    reads: readsFor(context, request, selection, removal),
    operation: 'WRITE',
    parameters: {
      mode: request.kind === 'append' ? 'Append' : 'Overwrite',
      partitionBy: JSON.stringify(base.metadata.partitionColumns),
      ...predicateOf(request, plan.shape),
    },
    metrics: {
      numFiles: String(added.length),
      numOutputRows: String(data.rows),
      numOutputBytes: String(data.bytes),
      ...(changed === undefined ? {} : removalMetrics(changed)),
    },
    blindAppend: request.kind === 'append',
    commitInfo: typeof request.commitInfo === 'function' ? request.commitInfo(data.rows) : request.commitInfo,
    own: changed?.own ?? [],
    outcome: (version) => ({
      version,
      alreadyCommitted: false,
      addedFiles: added.length,
      removedFiles: removedFiles.length,
      rows: data.rows,
      removedRows: changed === undefined ? 0 : changed.goneRows,
      bytes: data.bytes,
    }),
  }
}

function predicateOf(request: WriteRequest, shape: TableShape): { readonly predicate?: string } {
  if (request.kind === 'replaceBatch') return { predicate: `${request.column} = '${String(request.value)}'` }
  if (request.kind !== 'overwrite' || request.replaceWhere === undefined) return {}
  return { predicate: typeof request.replaceWhere === 'string' ? request.replaceWhere : predicateSql(request.replaceWhere, shape) }
}

interface WritePlan {
  /** Of the table as it is, before the write. */
  readonly shape: TableShape
  readonly select: string
  readonly expressions: Assignment['expressions']
  /** Of the table after the write. */
  readonly schema: StructType
  /** New when the schema evolves. */
  readonly metadata: Metadata | undefined
}

async function planWrite({ connection }: TableContext, base: CompleteState, request: WriteRequest): Promise<WritePlan> {
  const shape = shapeOf(base)
  checkWritable(base.protocol, base.metadata, shape.schema)
  if (request.kind !== 'append' && isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table only takes appends')
  const given = request.types ?? (await describe(connection, request.select))
  const { select, columns } =
    request.kind === 'replaceBatch' ? stamped(given, shape, request) : { select: lineOf(request.select), columns: given }
  if (request.kind === 'overwrite' && request.overwriteSchema === true) return { ...replaceSchema(base, request, columns), shape, select }
  const { evolved, expressions, schema: wanted } = assign(shape.schema, columns, request.evolve === true)
  const { schema, metadata } = evolved ? evolveMetadata(base.metadata, wanted) : { schema: wanted, metadata: undefined }
  return { shape, select, expressions, schema, metadata }
}

/** The schema is the query's; columns keep nothing of the old ones, not even the names in files. */
function replaceSchema({ metadata: before }: CompleteState, { replaceWhere }: OverwriteOptions, columns: Described['columns']) {
  if (replaceWhere !== undefined)
    throw new DeltaError('schema.mismatch', 'Rows that stay have no place in another schema.', 'Leave out replaceWhere or overwriteSchema.')
  const { expressions, schema: wanted } = assign({ type: 'struct', fields: [] }, columns, true)
  const { schema, metadata } = evolveMetadata(before, wanted)
  return { expressions, schema, metadata }
}

/** To be put between parentheses: a comment at its end must not reach past it. */
function lineOf(select: string): string {
  return `${select}\n`
}

interface Described {
  readonly select: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** Described once: DuckDB takes milliseconds to bind the SELECT of a model. */
function stamped(given: Described['columns'], shape: TableShape, { select, column, value }: ReplaceBatchOptions): Described {
  const field = shape.schema.fields.find((f) => f.name === column)
  if (field === undefined)
    throw new DeltaError('schema.mismatch', `The table has no column ${column}.`, 'Name the column that holds the batch.', { column })
  if (value === '' && shape.partitionColumns.includes(column))
    throw new DeltaError(
      'rows.invalid',
      `An empty text is NULL in the partition column ${column}, where no later replacement would find it.`,
      'Give the batch a value.',
      { column },
    )
  const others = given.filter((c) => c.name.toLowerCase() !== column.toLowerCase())
  const names = others.map(({ name }) => quoteIdentifier(name))
  return {
    select: `SELECT ${[...names, `${literalOf(value, field.type)} AS ${quoteIdentifier(column)}`].join(', ')} FROM (${lineOf(select)})`,
    columns: [...others, { name: column, type: toDuckType(field.type) }],
  }
}

function readsFor(context: TableContext, request: WriteRequest, selection: Selection | undefined, { candidates }: Removal): ReadSet {
  if (request.kind === 'append') return { kind: 'nothing' }
  if (selection === undefined || candidates === undefined) return { kind: 'everything' }
  return { ...readsOf(selection, candidates, context.root), ...(request.kind === 'replaceBatch' ? { exhaustive: true } : {}) }
}
