import { expect, test } from 'vitest'
import type { TaskState, TaskWait } from '../api.ts'
import { type WaitFacts, whyItWaits } from './why-it-waits.ts'

const free: WaitFacts = { now: 1_000, pipelinePaused: false, backfillPaused: false, admitted: true, active: 1, workers: 2, pools: {} }
const full = { pools: { api: { slots: 2, running: 2 } } }

test.each<[string, Partial<WaitFacts>, { state: TaskState; runAt?: number; pool?: string }, TaskWait | null]>([
  ['one that runs', { pipelinePaused: true }, { state: 'running' }, null],
  ['one that has ended', {}, { state: 'upstream_failed' }, null],
  ['one below others', {}, { state: 'waiting' }, { for: 'tasks' }],
  [
    'one of a paused pipeline, whatever else keeps it',
    { pipelinePaused: true, admitted: false },
    { state: 'waiting' },
    { for: 'pipeline' },
  ],
  ['one of a run without room', { admitted: false, active: 3 }, { state: 'waiting' }, { for: 'room', active: 3 }],
  ['one of a paused backfill', { admitted: false, backfillPaused: true }, { state: 'waiting' }, { for: 'backfill' }],
  ['one that began before its backfill was paused', { backfillPaused: true }, { state: 'waiting' }, { for: 'tasks' }],
  ['a retry', full, { state: 'queued', runAt: 1_001, pool: 'api' }, { for: 'time', until: 1_001 }],
  ['one of a full pool', full, { state: 'queued', runAt: 1_000, pool: 'api' }, { for: 'pool', pool: 'api', slots: 2, running: 2 }],
  [
    'one of a pool with room',
    { pools: { api: { slots: 2, running: 1 } } },
    { state: 'queued', pool: 'api' },
    { for: 'worker', workers: 2 },
  ],
  ['one that no worker is there for', { workers: 0 }, { state: 'queued', runAt: 1_000 }, { for: 'worker', workers: 0 }],
])('%s', (_, facts, { state, runAt = null, pool = null }, waits) => {
  expect(whyItWaits({ state, runAt, pool }, { ...free, ...facts })).toEqual(waits)
})
