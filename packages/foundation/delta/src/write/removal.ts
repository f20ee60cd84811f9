import type { TableContext } from '../context.ts'
import type { CompleteState } from '../log/replay.ts'
import type { AddFile, Metadata } from '../protocol/actions.ts'
import type { TableShape } from '../read/prune.ts'
import { scanOf } from '../read/snapshot.ts'
import type { StructType } from '../schema/schema.ts'
import type { Scratch } from '../scratch.ts'
import { placesOf } from './places.ts'
import { type ChangedRows, changeRows } from './row-change.ts'
import { type Candidates, candidatesOf, type Selection } from './selection.ts'

export interface RemovalRequest {
  readonly base: CompleteState
  readonly shape: TableShape
  /** Of the table after the write, with its metadata when that is new. */
  readonly schema: StructType
  readonly metadata: Metadata | undefined
  /** The rows that go; `undefined` when none does. */
  readonly selection: Selection | undefined
  /** Files of the same commit whose rows are new. */
  readonly added: readonly AddFile[]
  /** A column that gets statistics in rewritten files whatever the table's properties say. */
  readonly statsFor?: string
}

/** What a write takes away. */
export interface Removal {
  readonly candidates: Candidates | undefined
  readonly changed: ChangedRows | undefined
}

/** Takes away the rows that a write replaces. The rows it brings are in files of their own, which outlive a lost race. */
export async function planRemoval(context: TableContext, scratch: Scratch, request: RemovalRequest): Promise<Removal> {
  const { base, shape, schema, metadata, selection, added, statsFor } = request
  if (selection === undefined) return { candidates: undefined, changed: undefined }
  const candidates = await candidatesOf(context.connection, base.files.values(), selection, shape)
  const places = await placesOf(context, scratch, shape, selection, candidates, 'delete')
  const changed = await changeRows(context, scratch, {
    base,
    shape,
    schema,
    metadata,
    places,
    fresh: undefined,
    updates: false,
    beside: () => scanOf(added, { ...shape, schema }, context, {}),
    ...(statsFor === undefined ? {} : { statsFor }),
  })
  return { candidates, changed }
}
