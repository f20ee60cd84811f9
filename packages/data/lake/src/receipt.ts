import { type BatchWrite, bugErrors, compactInstant, type Receipt } from '@sluice/core'

/** What the sink counted. */
export interface Counted {
  readonly rowsIn: number
  readonly rowsWritten: number
  readonly rowsQuarantined: number
  readonly credits: number
  readonly writtenAt: number
}

/** A receipt with what the ledger also keeps. */
export interface LakeReceipt extends Receipt {
  readonly project: string
  readonly pipeline: string
  readonly task: string
  readonly run: string
  readonly attempt: number
  /** Epoch milliseconds. */
  readonly logicalTime: number
}

/** The part of a receipt that is written into the sink with the data; the sink itself knows its version and size. */
export type StoredReceipt = Omit<LakeReceipt, 'status' | 'reason' | 'version' | 'bytes' | 'replayed'>

/** @throws `bug.unreachable` unless rows in = rows written + rows quarantined. */
export function storedReceipt(write: BatchWrite, counted: Counted): StoredReceipt {
  const { rowsIn, rowsWritten, rowsQuarantined } = counted
  if (rowsIn !== rowsWritten + rowsQuarantined) {
    throw bugErrors.unreachable(`${write.dataset}: ${rowsIn} rows in, ${rowsWritten} written, ${rowsQuarantined} quarantined`, {
      facts: { dataset: write.dataset, batch: write.batch, rowsIn, rowsWritten, rowsQuarantined },
      next: 'Nothing was committed. Please report this with the model and the log of the attempt.',
    })
  }
  return {
    dataset: write.dataset,
    batch: write.batch,
    generation: write.generation,
    project: write.project,
    pipeline: write.pipeline,
    task: write.task,
    run: write.runId,
    attempt: write.attempt,
    logicalTime: write.logicalTime,
    inputs: write.inputs,
    rowsIn,
    rowsWritten,
    rowsQuarantined,
    credits: counted.credits,
    writtenAt: counted.writtenAt,
  }
}

export const receiptOf = (
  stored: StoredReceipt,
  sink: { readonly version: string; readonly bytes: number },
  replayed: boolean,
): LakeReceipt => ({ ...stored, status: 'written', reason: null, ...sink, replayed })

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
