import type { TaskWait } from '@sluice/engine'
import { expect, test } from 'vitest'
import { aRunDetail, aTaskRun } from '../testing/samples.ts'
import { runWaitText, waitText } from './waits.ts'

const until = Date.UTC(2026, 10, 30, 12)
const error = { code: 'source.timeout', kind: 'retryable', message: 'no answer after 30 s' } as const

test.each<[TaskWait | null, string | undefined, string | undefined]>([
  [null, undefined, undefined],
  [{ for: 'tasks' }, undefined, undefined],
  [{ for: 'time', until }, 'waits until 2026-11-30 12:00:00Z: no answer after 30 s', undefined],
  [{ for: 'pool', pool: 'api', slots: 4, running: 4 }, 'waits for the pool api: 4 of 4 slots are taken', undefined],
  [{ for: 'worker', workers: 0 }, 'waits for a worker: none is alive', undefined],
  [{ for: 'worker', workers: 2 }, 'waits for a worker that has room: 2 are alive', undefined],
  [{ for: 'pipeline' }, undefined, 'its pipeline is paused: sluice pipelines unpause sales --project shop'],
  [{ for: 'backfill' }, undefined, 'its backfill is paused: sluice backfills list'],
  [{ for: 'room', active: 3 }, undefined, 'for room among the runs of its pipeline, of which 3 are under way (maxActiveRuns)'],
])('%j is told of the task, or once of its run', (waitsFor, ofTask, ofRun) => {
  expect(waitText({ waitsFor, error })).toBe(ofTask)
  expect(runWaitText({ ...aRunDetail, taskRuns: [{ ...aTaskRun, waitsFor }] })).toBe(ofRun)
})
