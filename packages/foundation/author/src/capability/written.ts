import {
  type BatchWrite,
  batchId,
  type DatasetRef,
  datasetIn,
  formatDatasetId,
  given,
  type InputVersion,
  qualityErrors,
  type Receipt,
  type Store,
} from '@sluice/core'
import { leftOut } from '../dataset/quarantine-limits.ts'
import type { Attempt } from './attempt.ts'
import { howToPutRight, rulesText, whereToLook } from './left-out-next.ts'

/**
 * The write of an attempt to a dataset, named by its short name. A retry gives the same batch, whatever it is tried with.
 * @param of `write` tells two writes of a task to one dataset apart.
 */
export function writeOf(
  { run, task, generation, interval }: Attempt,
  store: Store,
  name: string,
  of: { readonly write?: string; readonly inputs?: readonly InputVersion[] } = {},
): BatchWrite {
  const dataset = formatDatasetId(datasetIn(run.project, store, name))
  const identity = { project: run.project, pipeline: run.pipeline, task: task.name, dataset }
  return {
    ...identity,
    run: run.id,
    attempt: task.attempt,
    batch: batchId({ ...identity, mapKey: null, runKey: run.key, write: of.write ?? 'main' }),
    generation,
    logicalTime: run.logicalTime,
    interval,
    inputs: of.inputs ?? [],
  }
}

/**
 * Keeps what a sink answered and tells the log: of the rows that went to quarantine too, where they are more than the dataset allows.
 * @throws `quality.failed` when the batch failed as a whole, or left out too much. What it wrote stays; a replay is answered the same.
 */
export function written<S extends Store>(attempt: Attempt, store: S, receipt: Receipt): DatasetRef<S> {
  attempt.keep(receipt)
  const { dataset, batch, generation, version, rowsWritten, rowsQuarantined, rowsIn, brokenRules, adjusted, replayed, status, reason } =
    receipt
  attempt.log.info(`${replayed ? 'already wrote' : 'wrote'} ${dataset}: ${rowsWritten} rows`, {
    batch,
    version,
    status,
    rowsIn,
    rowsQuarantined,
  })
  if (adjusted !== undefined && !replayed) attempt.log.warn(`values of ${dataset} were rounded or made null to fit their columns`, adjusted)
  const of = attempt.step.fills.find(({ on, name }) => dataset === formatDatasetId(datasetIn(attempt.run.project, on, name)))
  const out = leftOut(receipt, of?.facts.quarantine)
  const rules = rulesText(brokenRules)
  const said = `${dataset}: ${out?.message}${rules === '' ? '' : `: ${rules}`}`
  const write = {
    project: attempt.run.project,
    pipeline: attempt.run.pipeline,
    run: attempt.run.id,
    task: attempt.task.name,
    dataset,
    batch,
  }
  if (out?.state === 'warn') attempt.log.warn(`${said}. See them: ${whereToLook(store, write)}`)
  if (out?.state === 'fail') {
    throw qualityErrors.failed(said, {
      facts: { dataset, batch, rowsIn, rowsQuarantined, ...given({ rules: brokenRules }) },
      next: `See them: ${whereToLook(store, write)}. ${howToPutRight(write)} Or let the dataset allow more (quarantine: { fail }).`,
    })
  }
  if (status === 'failed') {
    throw qualityErrors.failed(`the batch of ${dataset} failed: ${reason ?? 'no reason given'}`, {
      facts: { dataset, batch },
      next: 'Look at the quarantined rows and the log.',
    })
  }
  return { store, dataset, batch, generation, version, rows: rowsWritten, quarantined: rowsQuarantined }
}
