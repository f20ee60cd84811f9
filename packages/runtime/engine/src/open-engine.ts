import type { TaskSpec } from '@sluice/author'
import { type Interval, intervalOf, manualRunKey, nextTick, requestErrors, type SluiceError, scheduledRunKey } from '@sluice/core'
import { type By, byOwner, changing, changingTogether, openPool, type Pool, type Queryable } from '@sluice/postgres'
import { Notifier } from './act/notifier.ts'
import { runChanges, waitForRun } from './act/wait-for-run.ts'
import type { Engine, PipelineDetail, PipelineRef, RunState, TaskRunSummary } from './api.ts'
import { backfillTicks, planBackfill, requireSchedule } from './plan/backfill.ts'
import { requireDeclared, requireTask, tasksToClear, tasksToReconsider } from './plan/clear.ts'
import { manualInterval } from './plan/due-runs.ts'
import { tasksLeftOut } from './plan/left-out.ts'
import { paramsOf, rereadParam } from './plan/params.ts'
import { applyBackfill } from './state/apply-backfill.ts'
import { listAttempts, taskStates } from './state/attempts.ts'
import { cancelBackfill, findBackfill, listBackfills, pauseBackfill } from './state/backfills.ts'
import { findBackupJob, insertBackupJob } from './state/backup-jobs.ts'
import { cancelRuns, clearTasks, resetTasks, stampRuns } from './state/change-run.ts'
import { changesFrom, changesSince } from './state/changes.ts'
import { channels } from './state/channels.ts'
import { createRuns } from './state/create-runs.ts'
import { sumCredits } from './state/credits.ts'
import { listLedger, newestBatches } from './state/ledger.ts'
import { migrateState } from './state/migrate.ts'
import { forgetMirrored } from './state/mirrored-runs.ts'
import {
  type FoundPipeline,
  findPipeline,
  findRunnable,
  listDefinitionErrors,
  listPipelines,
  pausePipeline,
  type Runnable,
  rewindPipeline,
  stampPipeline,
} from './state/pipelines.ts'
import { listPools } from './state/pools.ts'
import { recordReceipts } from './state/record-receipts.ts'
import { newRunId, newRunIds } from './state/run-id.ts'
import { findRun, listRuns, runDetail, runsByKey, specOfRun, unknownRun } from './state/runs.ts'

/**
 * The engine over its metadata database, which is brought up to date first, unless the caller says that it is. It does not run tasks
 * itself.
 */
export async function openEngine(databaseUrl: string, { upToDate = false }: { readonly upToDate?: boolean } = {}): Promise<Engine> {
  if (!upToDate) await migrateState(databaseUrl)
  const pool = openPool(databaseUrl, { max: 5, applicationName: 'sluice engine' })
  const notifier = new Notifier(pool)
  const changed = (released: number): void => {
    if (released > 0) notifier.notify(channels.ready)
    notifier.notify(channels.run)
  }
  const changes = runChanges(databaseUrl)
  const known: KnownPipelines = new Map()
  return {
    pipelines: async () => (await listPipelines(pool)).map(withoutSpec),
    pipeline: async (ref) => withoutId(await findPipeline(pool, ref)),
    definitionErrors: () => listDefinitionErrors(pool),
    setPaused: async (ref, paused, by = byOwner) => {
      const { id, project, name } = await findPipeline(pool, ref)
      const released = await changingTogether(pool, by, async (tx) => {
        const runnable = await pausePipeline(tx, id, paused)
        await stampPipeline(tx, id, by.actor)
        return runnable
      })
      changed(released)
      return withoutSpec(await findPipeline(pool, { project, pipeline: name }))
    },
    rewind: async (ref, to, by = byOwner) => {
      const { id, project, name, spec, timeZone } = await findPipeline(pool, ref)
      const schedule = requireSchedule(name, spec.schedule, 'has no ticks to decide')
      await changingTogether(pool, by, async (tx) => {
        await rewindPipeline(tx, id, to, nextTick(schedule, to, timeZone))
        await stampPipeline(tx, id, by.actor)
      })
      notifier.notify(channels.run)
      return withoutSpec(await findPipeline(pool, { project, pipeline: name }))
    },
    trigger: (ref, options = {}, by = byOwner) => trigger({ pool, notifier, known }, ref, options, by),
    backfill: (ref, interval, options = {}, by = byOwner) => backfill({ pool, changed }, ref, interval, options, by),
    backfills: (filter = {}) => listBackfills(pool, filter),
    backfillOf: (id) => findBackfill(pool, id),
    pauseBackfill: async (id, paused, by = byOwner) => {
      changed(await pauseBackfill(pool, id, paused, by))
      return await findBackfill(pool, id)
    },
    cancelBackfill: async (id, by = byOwner) => {
      const released = await cancelBackfill(pool, id, by)
      notifier.notify(channels.cancel)
      changed(released)
      return await findBackfill(pool, id)
    },
    askBackup: async (asked, by = byOwner) => {
      const id = await changing(pool, by, (db) => insertBackupJob(db, asked, by.actor))
      notifier.notify(channels.backup)
      return await findBackupJob(pool, id)
    },
    backupJob: (id) => findBackupJob(pool, id),
    pools: (projects) => listPools(pool, projects ?? null),
    runs: (filter = {}) => listRuns(pool, filter),
    run: (id, page) => runDetail(pool, id, page),
    cancel: async (id, by = byOwner) => {
      await changingTogether(pool, by, async (tx) => {
        // It may end at any time before its row is locked: a cancel that came too late has changed nothing, and says so.
        if ((await cancelRuns(tx, [id])).length === 0) throw hasEnded(id, (await findRun(tx, id)).state)
        await stampRuns(tx, [id], by.actor)
      })
      notifier.notify(channels.cancel)
      notifier.notify(channels.run)
      return await findRun(pool, id)
    },
    attempts: async (run, task, mapIndex) => {
      await findRun(pool, run)
      requireTask(
        (await taskStates(pool, run)).map((each) => each.task),
        task,
      )
      return await listAttempts(pool, run, task, mapIndex)
    },
    clear: async ({ run, task, only = false, refetch = false }, by = byOwner) => {
      const { tasks, released } = await changingTogether(pool, by, async (tx) => {
        const choose = (declared: readonly TaskSpec[], names: readonly string[]): readonly string[] => {
          requireDeclared(declared, names, task)
          return tasksToClear(declared, task, only)
        }
        const cleared = await clearTasks(tx, { run, task, refetch, choose })
        if (cleared.released === undefined) throw stillRunning(run, cleared.tasks)
        await stampRuns(tx, [run], by.actor)
        return { tasks: cleared.tasks, released: cleared.released }
      })
      changed(released)
      return { cleared: tasks }
    },
    mark: ({ run, task, state }, by = byOwner) => mark({ pool, changed }, run, task, state, by),
    ledger: (filter = {}) => listLedger(pool, filter),
    newestBatches: (datasets) => newestBatches(pool, datasets),
    recordReceipts: (receipts) => recordReceipts(pool, receipts),
    copyRunsAgain: async (project) => {
      const count = await forgetMirrored(pool, project ?? null)
      notifier.notify(channels.run)
      return count
    },
    credits: (of) => sumCredits(pool, of),
    changes: async (since) =>
      since === null ? { cursor: await changesFrom(pool), complete: true, runs: [], tasks: [] } : await changesSince(pool, since),
    waitForRun: (id, options = {}) => waitForRun(pool, changes, id, options),
    close: async () => {
      await changes.close()
      await notifier.flush()
      await pool.end()
    },
  }
}

const withoutId = ({ id: _, ...pipeline }: FoundPipeline): PipelineDetail => pipeline
const withoutSpec = ({ id: _, spec: __, ...summary }: FoundPipeline) => summary

/** What changes runs: the database, and who is told afterwards how many tasks became runnable. */
interface Changing {
  readonly pool: Pool
  readonly changed: (released: number) => void
}

/**
 * By project and name, what the last run of a pipeline had to know: the statement that makes the next one refuses what is old, and the
 * wait of a question is saved.
 */
type KnownPipelines = Map<string, Runnable>

async function trigger(
  { pool, notifier, known }: { readonly pool: Pool; readonly notifier: Notifier; readonly known: KnownPipelines },
  ref: PipelineRef,
  options: Parameters<Engine['trigger']>[1] & object,
  by: By,
) {
  const params = options.params ?? {}
  const { only } = options
  const now = Date.now()
  const logicalTime = options.logicalTime ?? now
  // Without a project another one may have a pipeline of that name; what is given is judged by what the pipeline is now.
  const mayBeKnown = ref.project !== undefined && only === undefined && Object.keys(params).length === 0
  const name = `${ref.project}:${ref.pipeline}`
  for (let old = !mayBeKnown; ; old = true) {
    const pipeline = (old ? undefined : known.get(name)) ?? (await findRunnable(pool, ref))
    if (mayBeKnown) known.set(name, pipeline)
    const spec = only !== undefined || rereadParam in params ? (await findPipeline(pool, ref)).spec : undefined
    paramsOf(spec ?? pipeline, params)
    const without = spec === undefined || only === undefined ? [] : tasksLeftOut(spec, only)
    const id = newRunId(now, Math.random())
    const interval = manualInterval(pipeline.schedule, logicalTime, pipeline.timeZone)
    const news = [channels.ready, channels.run]
    const notifies = notifier.inTransaction(news)
    const make = async (db: Queryable) => {
      const created = await createRuns(db, {
        pipeline: pipeline.id,
        definition: pipeline.definition,
        trigger: 'manual',
        runs: [{ id, key: manualRunKey(id), logicalTime, interval }],
        params,
        actor: by.actor,
        without,
        notifies,
      })
      if (created.made.length > 0) await by.record?.(db)
      return created.made
    }
    // Where nothing is recorded it is one statement: whoever waits for the run waits for no other.
    const made = by.record === undefined ? await make(pool) : await pool.transaction(make, { retry: { attempts: 5 } })
    for (const channel of news) if (!notifies.includes(channel)) notifier.notify(channel)
    if (made.length === 0) continue
    return await findRun(pool, id)
  }
}

async function backfill(
  { pool, changed }: Changing,
  ref: PipelineRef,
  interval: Interval,
  options: Parameters<Engine['backfill']>[2] & object,
  by: By,
) {
  const { id: pipeline, name, spec, timeZone } = await findPipeline(pool, ref)
  const schedule = requireSchedule(name, spec.schedule)
  const ticks = backfillTicks(schedule, interval, timeZone)
  const taken = await runsByKey(pool, pipeline, ticks.map(scheduledRunKey))
  const plan = planBackfill(ticks, taken, options.reprocess === true)
  if (options.dryRun === true) return { id: null, created: plan.create, existing: plan.existing }
  const ids = newRunIds(Date.now(), plan.create.length)
  const { id, made, released } = await applyBackfill(pool, {
    pipeline,
    interval,
    reprocess: options.reprocess === true,
    maxActiveRuns: options.maxActiveRuns ?? null,
    by,
    create: plan.create.map((tick, n) => ({
      id: ids[n] ?? '',
      key: scheduledRunKey(tick),
      logicalTime: tick,
      interval: intervalOf(schedule, tick, timeZone),
    })),
    clear: plan.clear,
  })
  if (id !== null) changed(released)
  const isMade = (tick: number): boolean => made.has(scheduledRunKey(tick))
  return { id, created: ticks.filter(isMade), existing: ticks.filter((tick) => !isMade(tick)) }
}

async function mark(
  { pool, changed }: Changing,
  run: string,
  task: string,
  state: 'success' | 'failed' | 'skipped',
  by: By,
): Promise<TaskRunSummary> {
  const { tasks } = await specOfRun(pool, run)
  const states = new Map((await taskStates(pool, run)).map((each) => [each.task, each]))
  requireDeclared(tasks, [...states.keys()], task)
  const below = tasksToReconsider(tasks, task, states)
  const released = await changingTogether(pool, by, async (tx) => {
    const runnable = await resetTasks(tx, { run, tasks: below, raise: false, mark: { task, state } })
    if (runnable === undefined) throw stillRunning(run, [task])
    await stampRuns(tx, [run], by.actor)
    return runnable
  })
  changed(released)
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
