import { randomUUID } from 'node:crypto'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'

/** The write of something that a person asks for: each call is a batch of its own, at the time it was asked. */
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
