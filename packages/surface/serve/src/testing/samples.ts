import type { AttemptSummary, RunDetail, RunSummary, TaskRunSummary } from '@sluice/engine'

export const aRun: RunSummary = {
  id: '7',
  project: 'shop',
  pipeline: 'sales',
  key: 'manual:7',
  trigger: 'manual',
  state: 'running',
  version: 'abc',
  logicalTime: 1_795_228_200_000,
  interval: { start: 1_795_226_400_000, end: 1_795_228_200_000 },
  params: { day: '2026-11-21' },
  actor: 'owner',
  changedBy: null,
  createdAt: 1_795_228_200_000,
  startedAt: 1_795_228_200_100,
  endedAt: null,
  tasks: { running: 1 },
}

export const aTaskRun: TaskRunSummary = {
  task: 'extract',
  mapIndex: null,
  kind: 'task',
  group: null,
  state: 'running',
  attempt: 1,
  generation: 1,
  runAt: null,
  queuedAt: 1_795_228_200_000,
  startedAt: 1_795_228_200_100,
  endedAt: null,
  error: null,
  reason: null,
  output: null,
  upstream: [],
  waitsFor: null,
}

export const aRunDetail: RunDetail = { ...aRun, taskRuns: [aTaskRun], nextTasks: null }

export const anAttempt: AttemptSummary = {
  mapIndex: null,
  attempt: 1,
  worker: 'w1',
  startedAt: 1_795_228_200_100,
  endedAt: null,
  state: 'running',
  error: null,
  reason: null,
  log: 'logs/shop/sales/7/extract/1.log',
}
