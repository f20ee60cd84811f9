import { randomUUID } from 'node:crypto'
import type { Action, AddFile, CommitInfo, Metadata, RemoveFile } from './actions.ts'
import { type Assignment, assign } from './assign.ts'
import { checkpointIfDue, publish } from './commit.ts'
import type { ReadSet } from './conflict.ts'
import { refresh, type TableContext } from './context.ts'
import { type DataFiles, writeDataFiles } from './data-files.ts'
import { DeltaError, unsupported } from './errors.ts'
import { checkWritable, isAppendOnly } from './protocol.ts'
import { literalOf, type TableShape } from './prune.ts'
import { planRemoval, type Removal } from './removal.ts'
import { type CompleteState, keyOf } from './replay.ts'
import type { ReplaceBatchOptions, WriteRequest } from './request.ts'
import { checkSchema, toDuckType } from './schema.ts'
import { shapeOf } from './snapshot.ts'
import { describe, quoteIdentifier } from './sql.ts'
import { decodePath } from './uri.ts'

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

/** After so many lost races the table is busier than this writer is fast. */
const maxAttempts = 25

/**
 * One write: rows to files, the plan of what goes, the commit. Files of the query's rows survive a lost race; what depends on the rows of the
 * table is planned again on a fresh snapshot. Whatever stops it before the commit leaves the table as it was, and at most files nobody names.
 */
export async function write(context: TableContext, request: WriteRequest): Promise<CommitResult> {
  let data: { readonly basis: string; readonly files: DataFiles } | undefined
  let conflict = ''
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const base = await refresh(context)
    const skipped = alreadyCommitted(base, request)
    if (skipped !== undefined) {
      await discard(context, data?.files.files)
      return skipped
    }
    const basis = JSON.stringify([base.metadata.schemaString, base.metadata.partitionColumns])
    if (data !== undefined && data.basis !== basis) {
      await discard(context, data.files.files)
      data = undefined
    }
    const plan = await planWrite(context, base, request)
    data ??= { basis, files: await writeDataFiles(context.connection, context.store, dataRequest(context, base, plan, request)) }
    let removal: Removal
    try {
      removal = await planRemoval(context, base, plan.shape, plan.assignment.schema, request)
    } catch (cause) {
      await discard(context, data.files.files)
      throw cause
    }
    const outcome = await publish(context, base, actionsOf(context, base, plan, data.files, removal, request), {
      reads: readsOf(request),
      removes: new Set(removal.removed.map((file) => keyOf(file, context.root))),
      txnAppId: request.txn?.appId,
      shape: plan.shape,
    })
    if ('version' in outcome) {
      await checkpointIfDue(context, outcome.version)
      return {
        version: outcome.version,
        alreadyCommitted: false,
        addedFiles: data.files.files.length + removal.rewritten.length,
        removedFiles: removal.removed.length,
        rows: data.files.rows,
        removedRows: removal.rows,
        bytes: data.files.bytes,
      }
    }
    conflict = outcome.conflict
    await discard(context, removal.rewritten)
  }
  await discard(context, data?.files.files)
  throw new DeltaError(
    'commit.conflict',
    `The commit lost ${maxAttempts} races: ${conflict}.`,
    'Try again when the table is less busy, or let one writer at a time replace rows.',
    { conflict },
  )
}

function alreadyCommitted(base: CompleteState, { txn }: WriteRequest): CommitResult | undefined {
  if (txn === undefined || (base.transactions.get(txn.appId)?.version ?? -1) < txn.version) return undefined
  return { version: base.version, alreadyCommitted: true, addedFiles: 0, removedFiles: 0, rows: 0, removedRows: 0, bytes: 0 }
}

interface WritePlan {
  /** Of the table as it is, before the write. */
  readonly shape: TableShape
  readonly assignment: Assignment
  readonly select: string
  /** New when the schema evolves. */
  readonly metadata: Metadata | undefined
}

async function planWrite({ connection }: TableContext, base: CompleteState, request: WriteRequest): Promise<WritePlan> {
  const shape = shapeOf(base)
  checkWritable(base.protocol, base.metadata, shape.schema)
  if (request.kind !== 'append' && isAppendOnly(base.metadata)) throw unsupported('appendOnly', 'the table only takes appends')
  const given = await describe(connection, request.select)
  const { select, columns } = request.kind === 'replaceBatch' ? stamped(given, shape, request) : { select: request.select, columns: given }
  const assignment = assign(shape.schema, columns, request.evolve === true)
  if (!assignment.evolved) return { shape, assignment, select, metadata: undefined }
  checkSchema(assignment.schema, shape.partitionColumns)
  return { shape, assignment, select, metadata: { ...base.metadata, schemaString: JSON.stringify(assignment.schema) } }
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
  const others = given.filter((c) => c.name.toLowerCase() !== column.toLowerCase())
  const names = others.map(({ name }) => quoteIdentifier(name))
  return {
    select: `SELECT ${[...names, `${literalOf(value, field.type)} AS ${quoteIdentifier(column)}`].join(', ')} FROM (${select})`,
    columns: [...others, { name: column, type: toDuckType(field.type) }],
  }
}

function dataRequest(context: TableContext, base: CompleteState, { assignment, shape, select }: WritePlan, request: WriteRequest) {
  return {
    select,
    expressions: assignment.expressions,
    schema: assignment.schema,
    partitionColumns: shape.partitionColumns,
    properties: base.metadata.configuration,
    nowMs: context.now(),
    ...(request.kind === 'replaceBatch' ? { statsFor: request.column } : {}),
  }
}

function readsOf(request: WriteRequest): ReadSet {
  switch (request.kind) {
    case 'append':
      return { kind: 'nothing' }
    case 'overwrite':
      return { kind: 'everything' }
    case 'replaceBatch':
      return { kind: 'matching', predicates: [{ column: request.column, op: '=', value: request.value }] }
    default:
      return request satisfies never
  }
}

function actionsOf(
  context: TableContext,
  base: CompleteState,
  plan: WritePlan,
  data: DataFiles,
  removal: Removal,
  request: WriteRequest,
): Action[] {
  const nowMs = context.now()
  return [
    { commitInfo: commitInfoOf(base, data, removal, request, nowMs) },
    ...(request.txn === undefined ? [] : [{ txn: { ...request.txn, lastUpdated: nowMs } }]),
    ...(plan.metadata === undefined ? [] : [{ metaData: plan.metadata }]),
    ...removal.removed.map((file) => ({ remove: removeOf(file, nowMs) })),
    ...[...removal.rewritten, ...data.files].map((add) => ({ add })),
  ]
}

function removeOf(file: AddFile, nowMs: number): RemoveFile {
  return {
    path: file.path,
    deletionTimestamp: nowMs,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
  }
}

function commitInfoOf(base: CompleteState, data: DataFiles, removal: Removal, request: WriteRequest, nowMs: number): CommitInfo {
  const predicate = request.kind === 'replaceBatch' ? { predicate: `${request.column} = '${String(request.value)}'` } : {}
  return {
    ...(typeof request.commitInfo === 'function' ? request.commitInfo(data.rows) : request.commitInfo),
    timestamp: nowMs,
    operation: 'WRITE',
    operationParameters: {
      mode: request.kind === 'append' ? 'Append' : 'Overwrite',
      partitionBy: JSON.stringify(base.metadata.partitionColumns),
      ...predicate,
    },
    readVersion: base.version,
    isBlindAppend: request.kind === 'append',
    operationMetrics: {
      numFiles: String(data.files.length + removal.rewritten.length),
      numOutputRows: String(data.rows),
      numOutputBytes: String(data.bytes),
      numRemovedFiles: String(removal.removed.length),
    },
    engineInfo: 'sluice-delta',
    txnId: randomUUID(),
  }
}

/** Files that no commit names: harmless, so failing to delete them is too. */
async function discard({ store }: TableContext, files: readonly AddFile[] = []): Promise<void> {
  await Promise.all(files.map((file) => store.delete(decodePath(file.path)).catch(() => undefined)))
}
