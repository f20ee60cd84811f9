import { refOf } from '@sluice/author'
import type { DatasetRef, InputVersion, Receipt } from '@sluice/core'

/** What is known of past writes: the ledger in a few words. */
export interface History {
  readonly written: readonly Written[]
  readonly taken: readonly Taken[]
}

export interface Written {
  readonly run: string
  readonly task: string
  /** Of the step that wrote it. */
  readonly kind: string
  readonly receipt: Receipt
}

/** A batch that a step took of a dataset that its own pipeline does not write. */
export interface Taken extends Pick<InputVersion, 'dataset' | 'batch'> {
  readonly pipeline: string
  readonly task: string
  readonly run: string
}

/** The step that asks. */
export interface Asking {
  readonly pipeline: string
  readonly task: string
  readonly run: string
}

/** Batches of datasets that other steps of the run wrote. A retention writes none. */
export const writtenInRun = ({ written }: History, { run, task }: Asking, datasets: readonly string[]): readonly DatasetRef[] =>
  newest(written.filter((each) => each.run === run && each.task !== task && isBatch(each, datasets)))

/** Batches with rows that the step has not taken; in a run in which it took some, as those, at their newest. */
export function waitingFor(
  { written, taken }: History,
  { pipeline, task, run }: Asking,
  datasets: readonly string[],
): readonly DatasetRef[] {
  const byStep = taken.filter((each) => each.pipeline === pipeline && each.task === task && datasets.includes(each.dataset))
  const inRun = byStep.filter((each) => each.run === run)
  const isIn = (list: readonly Taken[], { dataset, batch }: Receipt): boolean =>
    list.some((each) => each.dataset === dataset && each.batch === batch)
  return newest(
    written.filter(
      (each) =>
        isBatch(each, datasets) &&
        each.receipt.rowsWritten > 0 &&
        (inRun.length > 0 ? isIn(inRun, each.receipt) : !isIn(byStep, each.receipt)),
    ),
  )
}

const isBatch = ({ kind, receipt }: Written, datasets: readonly string[]): boolean =>
  kind !== 'retain' && receipt.status === 'written' && datasets.includes(receipt.dataset)

/** Of each batch the highest generation, in the order in which these were written. */
function newest(written: readonly Written[]): readonly DatasetRef[] {
  const byBatch = Map.groupBy(written, ({ receipt }) => `${receipt.dataset} ${receipt.batch}`)
  const kept = new Set([...byBatch.values()].map((same) => same.reduce((a, b) => (b.receipt.generation > a.receipt.generation ? b : a))))
  return written.filter((each) => kept.has(each)).map(({ receipt }) => refOf(receipt))
}
