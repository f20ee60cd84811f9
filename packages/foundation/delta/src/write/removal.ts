import type { TableContext } from '../context.ts'
import type { CompleteState } from '../log/replay.ts'
import type { AddFile, Metadata } from '../protocol/actions.ts'
import type { TableShape } from '../read/prune.ts'
import { scanOf } from '../read/snapshot.ts'
import type { StructType } from '../schema/schema.ts'
import type { Scratch } from '../scratch.ts'
import { findRemoved } from './removed-rows.ts'
import { type ChangedRows, changeRows } from './row-change.ts'
import { type Candidates, candidatesOf, type Selection } from './selection.ts'

export interface RemovalRequest {
  readonly base: CompleteState
  readonly shape: TableShape
  /** The schema after the write, with its metadata if that is new. */
  readonly schema: StructType
  readonly metadata: Metadata | undefined
  /** The rows to remove; `undefined` when there are none. */
  readonly selection: Selection | undefined
  /** Files of the same commit whose rows are new. */
  readonly added: readonly AddFile[]
  /** A column that gets statistics in rewritten files in any case. */
  readonly statsFor?: string
}

/** What a write removes. */
export interface Removal {
  readonly candidates: Candidates | undefined
  readonly changed: ChangedRows | undefined
}

/** Removes the rows that a write replaces. The new rows are in files of their own, which are kept when the write loses a race. */
export async function planRemoval(context: TableContext, scratch: Scratch, request: RemovalRequest): Promise<Removal> {
  const { base, shape, schema, metadata, selection, added, statsFor } = request
  if (selection === undefined) return { candidates: undefined, changed: undefined }
  const candidates = await candidatesOf(context.connection, base.files.values(), selection, shape)
  const removed = await findRemoved(context, scratch, shape, selection, candidates, 'delete')
  const changed = await changeRows(context, scratch, {
    base,
    shape,
    schema,
    metadata,
    removed,
    fresh: undefined,
    updates: false,
    beside: () => scanOf(added, { ...shape, schema }, context, {}),
    ...(statsFor === undefined ? {} : { statsFor }),
  })
  return { candidates, changed }
}
