import type { TableContext } from '../context.ts'
import { DeltaError, unsupported } from '../errors.ts'
import { type DataFiles, writeDataFiles } from '../files/data-files.ts'
import type { Metadata } from '../log/actions.ts'
import type { CompleteState } from '../log/replay.ts'
import { isAppendOnly } from '../protocol/properties.ts'
import { checkWritable } from '../protocol/writable.ts'
import { literalOf, type TableShape } from '../read/prune.ts'
import { shapeOf } from '../read/snapshot.ts'
import { type Assignment, assign } from '../schema/assign.ts'
import { checkSchema, toDuckType } from '../schema/schema.ts'
import { describe, quoteIdentifier } from '../sql.ts'
import type { ReadSet } from './conflict.ts'
import { planRemoval, type Removal, removeOf } from './removal.ts'
import type { ReplaceBatchOptions, WriteRequest } from './request.ts'
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
  let data: { readonly basis: string; readonly files: DataFiles } | undefined
  const abandon = async () => {
    await discard(context, data?.files.files)
    data = undefined
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
      const basis = JSON.stringify([base.metadata.schemaString, base.metadata.partitionColumns])
      if (data !== undefined && data.basis !== basis) await abandon()
      const plan = await planWrite(context, base, request)
      data ??= { basis, files: await writeDataFiles(context.connection, context.store, dataRequest(context, base, plan, request)) }
      const { files } = data
      return stagedWrite(context, base, request, plan, files, await planRemoval(context, base, plan.shape, plan.assignment.schema, request))
    },
  })
}

function stagedWrite(
  context: TableContext,
  base: CompleteState,
  request: WriteRequest,
  plan: WritePlan,
  data: DataFiles,
  removal: Removal,
): Staged<CommitResult> {
  const nowMs = context.now()
  const added = [...removal.rewritten, ...data.files]
  return {
    actions: [
      ...(plan.metadata === undefined ? [] : [{ metaData: plan.metadata }]),
      ...removal.removed.map((file) => ({ remove: removeOf(file, nowMs) })),
      ...added.map((add) => ({ add })),
    ],
    reads: readsOf(request),
    operation: 'WRITE',
    parameters: {
      mode: request.kind === 'append' ? 'Append' : 'Overwrite',
      partitionBy: JSON.stringify(base.metadata.partitionColumns),
      ...(request.kind === 'replaceBatch' ? { predicate: `${request.column} = '${String(request.value)}'` } : {}),
    },
    metrics: {
      numFiles: String(added.length),
      numOutputRows: String(data.rows),
      numOutputBytes: String(data.bytes),
      numRemovedFiles: String(removal.removed.length),
    },
    blindAppend: request.kind === 'append',
    commitInfo: typeof request.commitInfo === 'function' ? request.commitInfo(data.rows) : request.commitInfo,
    own: removal.rewritten,
    outcome: (version) => ({
      version,
      alreadyCommitted: false,
      addedFiles: added.length,
      removedFiles: removal.removed.length,
      rows: data.rows,
      removedRows: removal.rows,
      bytes: data.bytes,
    }),
  }
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
      return { kind: 'matching', predicates: [{ column: request.column, op: '=', value: request.value }], exhaustive: true }
    default:
      return request satisfies never
  }
}
