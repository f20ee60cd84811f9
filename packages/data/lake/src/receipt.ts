import {
  type BatchWrite,
  bugErrors,
  compactInstant,
  given,
  type Instant,
  type Interval,
  type SinkReceipt,
  writtenInterval,
} from '@sluice/core'

/** What a write found out. */
type Counted = Pick<
  SinkReceipt,
  'rowsIn' | 'rowsWritten' | 'rowsQuarantined' | 'brokenRules' | 'adjusted' | 'received' | 'answers' | 'credits' | 'writtenAt'
>

/** The part of a receipt that is written with the data: files and commits of the lake know their own version and size. */
export interface StoredReceipt extends Omit<SinkReceipt, 'status' | 'reason' | 'version' | 'bytes' | 'replayed'> {
  /** Of a table: the newest write up to this one. A full refresh is evaluated for it. */
  readonly newest?: NewestWrite
  /** The data interval of its run. */
  readonly interval?: Interval
  /** What the model was that made it, in short. */
  readonly definition?: string
  /** Why it holds no rows, of a batch whose rows were taken away. */
  readonly reason?: string | null
}

/** A write by what it shows, and the data interval of its run. */
export interface NewestWrite extends Interval {
  readonly asOf: Instant
}

export const newestOf = (write: BatchWrite): NewestWrite => ({ asOf: write.asOf ?? write.logicalTime, ...writtenInterval(write) })

/** @throws `bug.unreachable` unless rows in = rows written + rows quarantined. */
export function storedReceipt(write: BatchWrite, counted: Counted, newest?: NewestWrite, reason?: string): StoredReceipt {
  const { rowsIn, rowsWritten, rowsQuarantined } = counted
  if (rowsIn !== rowsWritten + rowsQuarantined) {
    throw bugErrors.unreachable(`${write.dataset}: ${rowsIn} rows in, ${rowsWritten} written, ${rowsQuarantined} quarantined`, {
      facts: { dataset: write.dataset, batch: write.batch, rowsIn, rowsWritten, rowsQuarantined },
      next: 'Nothing was committed. Please report this with the model and the log of the attempt.',
    })
  }
  const { project, pipeline, run, task, attempt, dataset, batch, generation, logicalTime, inputs } = write
  const told = given({
    asOf: write.asOf,
    file: write.file,
    slice: write.slice,
    newest,
    interval: write.interval,
    definition: write.definition,
    reason,
  })
  return { project, pipeline, run, task, attempt, dataset, batch, generation, logicalTime, inputs, ...counted, ...told }
}

/** A receipt as it is handed out, with what only tables of the lake tell. */
export type WrittenReceipt = SinkReceipt & StoredReceipt

export const receiptOf = (
  stored: StoredReceipt,
  sink: { readonly version: string; readonly bytes: number },
  replayed: boolean,
): WrittenReceipt => ({
  ...stored,
  status: stored.file?.moved === undefined ? 'written' : 'skipped',
  reason: stored.reason ?? null,
  ...sink,
  replayed,
})

/** The receipt as the sink kept it, or `undefined` when the text is not one of ours. */
export function parseStored(value: unknown): StoredReceipt | undefined {
  if (value === null || typeof value !== 'object') return undefined
  const stored = value as Partial<StoredReceipt>
  return typeof stored.batch === 'string' && typeof stored.generation === 'number' && typeof stored.rowsIn === 'number'
    ? (stored as StoredReceipt)
    : undefined
}

/** `20261121T033000000Z-<batch>`: what names a batch in file names. */
export const batchStem = (write: BatchWrite): string => `${compactInstant(write.logicalTime)}-${write.batch}`
