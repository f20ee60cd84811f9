import type { TableContext } from '../context.ts'
import { DeltaError, unsupported } from '../errors.ts'
import { type DataFiles, writeDataFiles } from '../files/data-files.ts'
import type { CompleteState } from '../log/replay.ts'
import type { CommitInfo, Metadata } from '../protocol/actions.ts'
import { evolveMetadata } from '../protocol/evolve.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { checkValue, literalOf, predicateSql, type TableShape } from '../read/prune.ts'
import { scanOf, shapeOf } from '../read/snapshot.ts'
import { type Assignment, assign } from '../schema/assign.ts'
import { type StructType, toDuckType } from '../schema/schema.ts'
import { scratchOn } from '../scratch.ts'
import { describe, queryRows, quoteIdentifier } from '../sql.ts'
import { checkBatchColumn, countBatches } from './batches.ts'
import { removalMetrics } from './change.ts'
import type { ReadSet } from './conflict.ts'
import { planRemoval, type Removal } from './removal.ts'
import type { OverwriteSettings, WriteRequest } from './request.ts'
import { readsOf } from './row-change.ts'
import { everyRow, type Selection, selectionOf } from './selection.ts'
import { discard, type Staged, transact, txnsOf, type WrittenOnce } from './transaction.ts'

export interface CommitResult {
  /** The version of this commit; the table's version when nothing was written. */
  readonly version: number
  /** The table already had the `txn`, or one of several, and nothing was written. */
  readonly alreadyCommitted: boolean
  readonly addedFiles: number
  readonly removedFiles: number
  /** The number of rows of the query. */
  readonly rows: number
  /** The number of removed rows of earlier versions; `undefined` when a removed file has no count. */
  readonly removedRows: number | undefined
  /** The size of the files with the query's rows. */
  readonly bytes: number
}

export interface BatchesResult extends CommitResult {
  /** The number of rows of each batch that has some. */
  readonly rowsByBatch: ReadonlyMap<string, number>
}

type ManyBatches = Extract<WriteRequest, { kind: 'replaceBatches' }>

export const write = (context: TableContext, request: Exclude<WriteRequest, ManyBatches>): Promise<CommitResult> =>
  carryOut(context, request, (result) => result)

export const writeBatches = (context: TableContext, request: ManyBatches): Promise<BatchesResult> =>
  carryOut(context, request, (result, rowsByBatch) => ({ ...result, rowsByBatch }))

/**
 * One write: the rows become files, the removal is planned, and both are committed. The files of the query's rows are kept after a lost
 * race. What depends on the rows of the table is planned again on a fresh snapshot.
 */
async function carryOut<Result>(
  context: TableContext,
  request: WriteRequest,
  resultOf: (result: CommitResult, rowsByBatch: Counts) => Result,
): Promise<Result> {
  let prepared: Prepared | undefined
  const abandon = async () => {
    await discard(context, prepared?.data.files)
    prepared = undefined
  }
  return await transact<Result>(context, {
    txns: transactionsOf(request),
    ifVersion: request.ifVersion,
    abandon,
    unchanged: ({ version }, alreadyCommitted) =>
      resultOf({ version, alreadyCommitted, addedFiles: 0, removedFiles: 0, rows: 0, removedRows: 0, bytes: 0 }, new Map()),
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
        ...batchStats(request),
      })
      const { outcome, ...staged } = stagedWrite(context, base, request, { ...prepared, selection, removal })
      const commitInfo = await commitInfoOf(request, data)
      return { ...staged, commitInfo, outcome: (version) => resultOf(outcome(version), data.counts) }
    },
  })
}

type Counts = ReadonlyMap<string, number>

const transactionsOf = (request: WriteRequest): readonly WrittenOnce[] =>
  request.kind === 'replaceBatches' ? request.batches.flatMap(txnsOf) : txnsOf(request)

/** A later replacement finds the rows of a batch by the statistics of its column. */
const batchStats = (request: WriteRequest): { readonly statsFor?: string } =>
  request.kind === 'replaceBatch' || request.kind === 'replaceBatches' ? { statsFor: request.column } : {}

interface Prepared {
  /** What the plan and the files depend on. When it changes, both are made again. */
  readonly basis: string
  readonly plan: WritePlan
  /** `counts`: rows by batch, of a write of several. */
  readonly data: DataFiles & { readonly counts: Counts }
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
    ...batchStats(request),
  })
  if (request.kind !== 'replaceBatches') return { basis, plan, data: { ...data, counts: new Map() } }
  try {
    return { basis, plan, data: { ...data, counts: await countBatches(context, data, plan.shape, plan.schema, request) } }
  } catch (cause) {
    await discard(context, data.files)
    throw cause
  }
}

/** The rows of the table to replace, if they are neither none nor all. */
async function selectionFor({ connection }: TableContext, request: WriteRequest, shape: TableShape): Promise<Selection | undefined> {
  if (request.kind === 'replaceBatch')
    return await selectionOf(connection, [{ column: request.column, op: '=', value: request.value }], shape)
  if (request.kind === 'replaceBatches')
    return await selectionOf(connection, [{ column: request.column, op: 'in', values: request.batches.map(({ value }) => value) }], shape)
  if (request.kind !== 'overwrite' || request.replaceWhere === undefined) return undefined
  return await selectionOf(connection, request.replaceWhere, shape)
}

/** Refuses new rows that the next overwrite with the same condition would not remove again. */
async function checkNewRows(context: TableContext, { shape, schema }: WritePlan, { files }: DataFiles, { sql }: Selection): Promise<void> {
  const scan = await scanOf(files, { ...shape, schema }, context, {})
  const [row] = await queryRows(context.connection, `SELECT count(*) AS n FROM (${scan}) AS target WHERE (${sql}) IS NOT TRUE`)
  const rows = Number(row?.n)
  if (rows === 0) return
  throw new DeltaError(
    'rows.invalid',
    `${rows} new rows do not satisfy the condition ${sql}, which selects the rows to replace.`,
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
): Omit<Staged<CommitResult>, 'commitInfo'> {
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
    own: changed?.own ?? [],
    outcome: (version) => ({
      version,
      alreadyCommitted: false,
      addedFiles: added.length,
      removedFiles: removedFiles.length,
      rows: data.rows,
      removedRows: changed === undefined ? 0 : changed.removedRows,
      bytes: data.bytes,
    }),
  }
}

async function commitInfoOf(request: WriteRequest, { rows, counts }: Prepared['data']): Promise<CommitInfo | undefined> {
  if (typeof request.commitInfo !== 'function') return request.commitInfo
  return await (request.kind === 'replaceBatches' ? request.commitInfo(counts) : request.commitInfo(rows))
}

function predicateOf(request: WriteRequest, shape: TableShape): { readonly predicate?: string } {
  if (request.kind === 'replaceBatch') return { predicate: `${request.column} = '${String(request.value)}'` }
  if (request.kind === 'replaceBatches') return { predicate: `${request.column} is one of ${request.batches.length} batches` }
  if (request.kind !== 'overwrite' || request.replaceWhere === undefined) return {}
  return { predicate: typeof request.replaceWhere === 'string' ? request.replaceWhere : predicateSql(request.replaceWhere, shape) }
}

interface WritePlan {
  /** The table's shape before the write. */
  readonly shape: TableShape
  readonly select: string
  readonly expressions: Assignment['expressions']
  /** The table's schema after the write. */
  readonly schema: StructType
  /** Set when the schema evolves. */
  readonly metadata: Metadata | undefined
}

async function planWrite({ connection }: TableContext, base: CompleteState, request: WriteRequest): Promise<WritePlan> {
  const shape = shapeOf(base)
  checkWritable(base.protocol, base.metadata, shape.schema)
  if (request.kind !== 'append' && isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table accepts only appends')
  const given = request.types ?? (await describe(connection, request.select))
  if (request.kind === 'replaceBatches') checkBatchColumn(request, shape, given)
  const { select, columns } =
    request.kind === 'replaceBatch' ? stamped(given, shape, request) : { select: lineOf(request.select), columns: given }
  if (request.kind === 'overwrite' && request.overwriteSchema === true) return { ...replaceSchema(base, request, columns), shape, select }
  const { evolved, expressions, schema: wanted } = assign(shape.schema, columns, request.evolve === true)
  const { schema, metadata } = evolved ? evolveMetadata(base.metadata, wanted) : { schema: wanted, metadata: undefined }
  return { shape, select, expressions, schema, metadata }
}

/** Gives the table the schema of the query. Columns keep nothing of the old ones, not even their names in files. */
function replaceSchema({ metadata: before }: CompleteState, { replaceWhere }: OverwriteSettings, columns: Described['columns']) {
  if (replaceWhere !== undefined)
    throw new DeltaError(
      'schema.mismatch',
      'replaceWhere keeps rows of the old schema, which would not fit the new one.',
      'Leave out replaceWhere or overwriteSchema.',
    )
  const { expressions, schema: wanted } = assign({ type: 'struct', fields: [] }, columns, true)
  const { schema, metadata } = evolveMetadata(before, wanted)
  return { expressions, schema, metadata }
}

/** A query that can stand in parentheses, even when it ends with a comment. */
function lineOf(select: string): string {
  return `${select}\n`
}

interface Described {
  readonly select: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** The caller describes the query once, because DuckDB takes milliseconds to bind the SELECT of a model. */
function stamped(
  given: Described['columns'],
  shape: TableShape,
  { select, column, value }: Extract<WriteRequest, { kind: 'replaceBatch' }>,
): Described {
  const field = shape.schema.fields.find((f) => f.name === column)
  if (field === undefined)
    throw new DeltaError('schema.mismatch', `The table has no column ${column}.`, 'Name the column that contains the batch.', { column })
  checkValue(value, field)
  if (value === '' && shape.partitionColumns.includes(column))
    throw new DeltaError(
      'rows.invalid',
      `An empty text becomes NULL in the partition column ${column}, and a later replacement would not find the rows.`,
      'Give the batch a value that is not empty.',
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
  const exhaustive = request.kind === 'replaceBatch' || request.kind === 'replaceBatches'
  return { ...readsOf(selection, candidates, context.root), ...(exhaustive ? { exhaustive } : {}) }
}
