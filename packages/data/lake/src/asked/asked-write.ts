import { randomUUID } from 'node:crypto'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'

/** A write that a person asks for. Each call is a new batch, at the time of the call. */
export function askedWrite(project: string, dataset: string): BatchWrite {
  const run = randomUUID()
  const id = dataset.includes(':') ? dataset : `${project}:lake.${dataset}`
  const identity = { project, pipeline: 'command', task: 'export', dataset: id }
  const batch = batchId({ ...identity, mapKey: null, runKey: manualRunKey(run), write: 'main' })
  return { ...identity, run, attempt: 1, batch, generation: 0, logicalTime: Date.now(), inputs: [] }
}
