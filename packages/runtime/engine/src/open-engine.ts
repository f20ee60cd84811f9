import { type Interval, intervalOf, manualRunKey, requestErrors, type SluiceError, scheduledRunKey } from '@sluice/core'
import { type Listener, listen, openPool, type Pool } from '@sluice/postgres'
import type { Engine, PipelineDetail, PipelineRef, RunDetail, RunState, TaskRunSummary } from './api.ts'
import { backfillTicks, planBackfill, requireSchedule } from './plan/backfill.ts'
import { requireTask, tasksToClear, tasksToReconsider } from './plan/clear.ts'
import { manualInterval } from './plan/due-runs.ts'
import { paramsOf } from './plan/params.ts'
import { applyBackfill } from './state/apply-backfill.ts'
import { listAttempts, taskStates } from './state/attempts.ts'
import { cancelRun, clearTasks, resetTasks } from './state/change-run.ts'
import { channels } from './state/channels.ts'
import { createRun } from './state/create-run.ts'
import { sumCredits } from './state/credits.ts'
import { listLedger, newestBatches } from './state/ledger.ts'
import { migrateState } from './state/migrate.ts'
import { forgetMirrored } from './state/mirrored-runs.ts'
import { type FoundPipeline, findPipeline, findRunnable, listDefinitionErrors, listPipelines, pausePipeline } from './state/pipelines.ts'
import { recordReceipts } from './state/record-receipts.ts'
import { newRunId } from './state/run-id.ts'
import { findRun, listRuns, runDetail, runsByKey, specOfRun, unknownRun } from './state/runs.ts'

/** The engine over its metadata database, which is brought up to date first. It does not run tasks itself. */
export async function openEngine(databaseUrl: string): Promise<Engine> {
  await migrateState(databaseUrl)
  const pool = openPool(databaseUrl, { max: 5, applicationName: 'sluice engine' })
  const changes = runChanges(databaseUrl)
  return {
    pipelines: async () => (await listPipelines(pool)).map(withoutSpec),
    pipeline: async (ref) => withoutId(await findPipeline(pool, ref)),
    definitionErrors: () => listDefinitionErrors(pool),
    setPaused: async (ref, paused) => {
      const { id, project, name } = await findPipeline(pool, ref)
      await pausePipeline(pool, id, paused)
      return withoutSpec(await findPipeline(pool, { project, pipeline: name }))
    },
    trigger: (ref, options = {}) => trigger(pool, ref, options),
    backfill: (ref, interval, options = {}) => backfill(pool, ref, interval, options),
    runs: (filter = {}) => listRuns(pool, filter),
    run: (id) => runDetail(pool, id),
    cancel: async (id) => {
      const { state, endedAt } = await findRun(pool, id)
      if (endedAt !== null) throw hasEnded(id, state)
      if (!(await cancelRun(pool, id))) throw unknownRun(id)
      return await findRun(pool, id)
    },
    attempts: async (run, task) => {
      requireTask((await specOfRun(pool, run)).tasks, task)
      return await listAttempts(pool, run, task)
    },
    clear: async ({ run, task, only = false, refetch = false }) => {
      const { tasks, done } = await clearTasks(pool, { run, task, refetch, choose: (all) => tasksToClear(all, task, only) })
      if (!done) throw stillRunning(run, tasks)
      return { cleared: tasks }
    },
    mark: ({ run, task, state }) => mark(pool, run, task, state),
    ledger: (filter = {}) => listLedger(pool, filter),
    newestBatches: (datasets) => newestBatches(pool, datasets),
    recordReceipts: (receipts) => recordReceipts(pool, receipts),
    copyRunsAgain: async (project) => {
      const count = await forgetMirrored(pool, project ?? null)
      await pool.query(`select pg_notify('${channels.run}', '')`)
      return count
    },
    credits: (of) => sumCredits(pool, of),
    waitForRun: (id, options = {}) => waitForRun(pool, changes, id, options),
    close: async () => {
      await changes.close()
      await pool.end()
    },
  }
}

const withoutId = ({ id: _, ...pipeline }: FoundPipeline): PipelineDetail => pipeline
const withoutSpec = ({ id: _, spec: __, ...summary }: FoundPipeline) => summary

async function trigger(pool: Pool, ref: PipelineRef, options: Parameters<Engine['trigger']>[1] & object) {
  const pipeline = await findRunnable(pool, ref)
  const params = options.params ?? {}
  paramsOf(pipeline, params)
  const now = Date.now()
  const logicalTime = options.logicalTime ?? now
  for (;;) {
    const id = newRunId(now, Math.random())
    const created = await createRun(pool, {
      id,
      pipeline: pipeline.id,
      key: manualRunKey(id),
      trigger: 'manual',
      logicalTime,
      interval: manualInterval(pipeline.schedule, logicalTime, pipeline.timeZone),
      params,
    })
    if (created) return await findRun(pool, id)
  }
}

async function backfill(pool: Pool, ref: PipelineRef, interval: Interval, options: Parameters<Engine['backfill']>[2] & object) {
  const { id: pipeline, name, spec, timeZone } = await findPipeline(pool, ref)
  const schedule = requireSchedule(name, spec.schedule)
  const ticks = backfillTicks(schedule, interval, timeZone)
  const taken = await runsByKey(pool, pipeline, ticks.map(scheduledRunKey))
  const plan = planBackfill(ticks, taken, options.reprocess === true)
  if (options.dryRun === true) return { created: plan.create, existing: plan.existing }
  const now = Date.now()
  const made = await applyBackfill(pool, {
    pipeline,
    create: plan.create.map((tick, n) => ({
      // Ids of one millisecond: each has its own part of the random range, so that no two are the same and they sort as their ticks do.
      id: newRunId(now, (n + Math.random()) / plan.create.length),
      key: scheduledRunKey(tick),
      logicalTime: tick,
      interval: intervalOf(schedule, tick, timeZone),
    })),
    clear: plan.clear,
  })
  const created = ticks.filter((tick) => made.has(scheduledRunKey(tick)))
  return { created, existing: ticks.filter((tick) => !created.includes(tick)) }
}

async function mark(pool: Pool, run: string, task: string, state: 'success' | 'failed' | 'skipped'): Promise<TaskRunSummary> {
  const { tasks } = await specOfRun(pool, run)
  requireTask(tasks, task)
  const states = new Map((await taskStates(pool, run)).map((each) => [each.task, each]))
  const below = tasksToReconsider(tasks, task, states)
  if (!(await resetTasks(pool, { run, tasks: below, raise: false, mark: { task, state } }))) throw stillRunning(run, [task])
  const found = (await runDetail(pool, run)).taskRuns.find((each) => each.task === task)
  if (found === undefined) throw unknownRun(run)
  return found
}

const hasEnded = (run: string, state: RunState): SluiceError =>
  requestErrors.invalid(`run ${run} has ended already: ${state}`, {
    facts: { run, state },
    next: 'There is nothing to cancel. To run its tasks again: sluice tasks clear.',
  })

const stillRunning = (run: string, tasks: readonly string[]): SluiceError =>
  requestErrors.invalid(`a task is running, so nothing was changed: ${tasks.join(', ')}`, {
    facts: { run, tasks },
    next: 'Wait until it has ended, or cancel the run first.',
  })

/** One LISTEN session for all waiters, opened for the first. It counts changes, so that one that comes while a waiter looks is not lost. */
function runChanges(databaseUrl: string) {
  let listening: Promise<Listener | undefined> | undefined
  let count = 0
  const waiters = new Set<() => void>()
  const changed = (): void => {
    count++
    for (const wake of waiters) wake()
  }
  return {
    /** To be taken before looking. Without a listener the poll remains. */
    async mark(): Promise<number> {
      listening ??= listen(databaseUrl, [channels.run], changed, { onReconnect: changed }).catch(() => undefined)
      await listening
      return count
    },
    /** Resolves when something has changed since `mark`, or after `ms`. */
    async after(mark: number, ms: number, signal: AbortSignal | undefined): Promise<void> {
      if (count !== mark || signal?.aborted === true) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          waiters.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        waiters.add(done)
        signal?.addEventListener('abort', done)
      })
    },
    async close(): Promise<void> {
      changed()
      await (await listening)?.close()
    },
  }
}

async function waitForRun(
  pool: Pool,
  changes: ReturnType<typeof runChanges>,
  id: string,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (run: RunDetail) => void },
): Promise<RunDetail> {
  let shown = ''
  for (;;) {
    signal?.throwIfAborted()
    const mark = await changes.mark()
    const run = await runDetail(pool, id)
    const seen = JSON.stringify([run.state, run.taskRuns.map(({ state, attempt }) => [state, attempt])])
    if (onProgress !== undefined && seen !== shown) onProgress(run)
    shown = seen
    if (run.endedAt !== null) return run
    await changes.after(mark, onProgress === undefined ? 1_000 : 150, signal)
  }
}
