import { randomUUID } from 'node:crypto'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'

/** A write that a person asks for. Each call is a new batch, at the time of the call. */
export function askedWrite(project: string, dataset: string): BatchWrite {
  const runId = randomUUID()
  const id = dataset.includes(':') ? dataset : `${project}:lake.${dataset}`
  const identity = { project, pipeline: 'command', task: 'export', mapKey: null, dataset: id, write: 'main' }
  const logicalTime = Date.now()
  return {
    project,
    pipeline: identity.pipeline,
    task: identity.task,
    runId,
    attempt: 1,
    dataset: id,
    batch: batchId({ ...identity, runKey: manualRunKey(runId) }),
    generation: 0,
    logicalTime,
    inputs: [],
  }
}
