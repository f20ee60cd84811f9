import { type DatasetRef, definitionErrors, given, parseDatasetId, type Receipt } from '@sluice/core'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import { batchesIn, datasetsIn, type Sql } from '../sql/parts.ts'
import type { Reading } from '../statement/reading.ts'
import type { Attempt } from './attempt.ts'

/**
 * What a statement of an attempt means. The batches at hand of a dataset are those that this run wrote; of a dataset that no step of the
 * pipeline writes, those that wait for this step, each of which it is given once.
 * @param options.onlyBatches where neither versions nor inputs matter: the batches of datasets that are read as they stand are not looked
 * up.
 */
export async function readingOf(attempt: Attempt, sql: Sql, { onlyBatches = false } = {}): Promise<Reading> {
  const { step, interval, timeZone, run, external } = attempt
  const full = (id: string): string => `${run.project}:${id}`
  const byBatch = batchesIn(sql)
  const waiting = byBatch.filter((id) => external.includes(id))
  const own = (onlyBatches ? byBatch : datasetsIn(sql)).filter((id) => !waiting.includes(id))
  if (waiting.length > 0 && attempt.overlaps) throw overlapping(attempt, waiting)
  const refs = [
    ...(own.length === 0 ? [] : await attempt.batches.written(own.map(full))),
    ...(waiting.length === 0 ? [] : await attempt.batches.waiting(waiting.map(full))),
    ...attempt.receipts.filter(({ status }) => status === 'written').map(refOf),
  ]
  return {
    datasets: new Map([...step.reads, ...step.fills].map((dataset): [string, AnyDataset] => [dataset.id, dataset])),
    interval,
    timeZone,
    batches: new Map(datasetsIn(sql).map((id) => [id, newest(refs.filter(({ dataset }) => dataset === full(id)))])),
  }
}

/** Of each batch the highest generation, in the order in which they came. */
const newest = (refs: readonly DatasetRef[]): readonly DatasetRef[] =>
  [...Map.groupBy(refs, ({ batch }) => batch).values()].flatMap((same) => same.toSorted((a, b) => b.generation - a.generation).slice(0, 1))

/** A receipt as the steps that read the batch are told of it. */
export function refOf({ dataset, batch, generation, version, rowsWritten: rows, asOf }: Receipt): DatasetRef {
  return { store: parseDatasetId(dataset).store, dataset, batch, generation, version, rows, ...given({ asOf }) }
}

/** Notes the inputs that other pipelines wrote: they wait for the step no more, once it has ended well. */
export function takeExternal({ external, run, take }: Attempt, inputs: Receipt['inputs']): void {
  const ids = external.map((id) => `${run.project}:${id}`)
  take(inputs.filter(({ dataset }) => ids.includes(dataset)))
}

const overlapping = ({ task, run }: Attempt, ids: readonly string[]) =>
  definitionErrors.invalid(
    `${task.name} takes the batches of ${ids.join(', ')}, which other pipelines write, and runs of ${run.pipeline} overlap: two of them would take the same`,
    { facts: { task: task.name, datasets: ids }, next: `Set maxActiveRuns: 1 for ${run.pipeline}.` },
  )
