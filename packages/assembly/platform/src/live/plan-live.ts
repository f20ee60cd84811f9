import type { PipelineSpec, TaskSpec } from '@sluice/author'
import { type Interval, type Json, notFound, type Receipt, type RunKey, requestErrors, type SluiceError } from '@sluice/core'
import type { LedgerEntry, RunDetail, RunHistory, TaskRunSummary } from '@sluice/engine'

/** A task as a run of the past would run it again. */
export interface LivePlan {
  readonly run: string
  readonly key: RunKey
  readonly trigger: RunDetail['trigger']
  readonly interval: Interval
  readonly params: Readonly<Record<string, Json>>
  readonly generation: number
  /** What the tasks that it needs gave in that run. */
  readonly outputs: Readonly<Record<string, Json>>
  /** The batches at hand. */
  readonly history: RunHistory
}

const leaveOut = 'Leave out --live: the task then runs on throwaway stores, after those it needs.'

/** Why a task cannot run against live data, whatever the run: it would write the warehouse, or the lake cannot be copied. */
export function refusalOf(
  { name, kind, fills }: Pick<TaskSpec, 'name' | 'kind' | 'fills'>,
  lakeUrl: string | null,
): SluiceError | undefined {
  const written = fills.filter((id) => id.startsWith('warehouse.'))
  if (kind === 'load' || kind === 'retain' || written.length > 0) {
    const deed = kind === 'retain' ? 'deletes rows of' : 'writes'
    return requestErrors.invalid(`${name} ${deed} the warehouse (${written.join(', ')}), which is only read with --live`, {
      facts: { task: name, kind, datasets: written },
      next: leaveOut,
    })
  }
  if (lakeUrl === null) return undefined
  return requestErrors.invalid(
    `the lake lies in ${lakeUrl}, and --live writes into a copy of it by hard links, which a bucket does not have`,
    {
      facts: { lakeUrl },
      next: leaveOut,
    },
  )
}

/** What is known of a run of the past. Ledgers are newest first, as they are listed. */
export interface LiveFacts {
  readonly spec: PipelineSpec
  readonly task: string
  readonly run: RunDetail
  readonly ledger: readonly LedgerEntry[]
  /** Of datasets that the task reads and other pipelines write: all that was ever written. */
  readonly external: readonly LedgerEntry[]
  /** These come before those of the run. */
  readonly params: Readonly<Record<string, Json>>
}

/**
 * The generation is one above that of the run, so that a model is evaluated and not answered by its receipt; what was landed is read again
 * and not asked for again. A task that the run did not have yet is of generation 1.
 * @throws `request.invalid` for a run of another pipeline; `not_found` where a task that it needs gave nothing in the run
 */
export function planLive({ spec, task, run, ledger, external, params }: LiveFacts): LivePlan {
  if (run.pipeline !== spec.name) {
    throw requestErrors.invalid(`run ${run.id} is of ${run.pipeline}, not of ${spec.name}`, {
      facts: { run: run.id, pipeline: run.pipeline },
      next: `"sluice runs list ${spec.name}" lists its runs.`,
    })
  }
  const of = spec.tasks.find(({ name }) => name === task)
  const before = run.taskRuns.filter((each) => each.task === task)
  const own = ledger.filter((each) => each.task === task)
  return {
    run: run.id,
    key: run.key,
    trigger: run.trigger,
    interval: run.interval,
    params: { ...run.params, ...params },
    generation: 1 + Math.max(0, ...before.map(({ generation }) => generation), ...own.map(({ generation }) => generation)),
    outputs: outputsFor(of, run),
    history: {
      written: [...writtenBy(spec, ledger, () => run.key), ...writtenBy(spec, external, (entry) => entry.run)],
      taken: own
        .flatMap(({ inputs }) => inputs)
        .filter(({ dataset }) => external.some((each) => each.dataset === dataset))
        .map(({ dataset, batch }) => ({ pipeline: spec.name, task, run: run.key, dataset, batch })),
    },
  }
}

function writtenBy(spec: PipelineSpec, ledger: readonly LedgerEntry[], runOf: (entry: LedgerEntry) => string): RunHistory['written'] {
  const kinds = new Map(spec.tasks.map(({ name, kind }) => [name, kind]))
  return ledger.toReversed().map((entry) => ({
    run: runOf(entry),
    task: entry.task,
    // Of a task that the pipeline has no more: whatever it was, a retention of the lake has no receipt here.
    kind: kinds.get(entry.task) ?? 'task',
    receipt: entry satisfies Receipt,
  }))
}

function outputsFor(task: TaskSpec | undefined, run: RunDetail): Readonly<Record<string, Json>> {
  const needed = [...new Set(Object.values(task?.needs ?? {}))]
  const given = needed.map((name) => [name, outputOf(name, run, task?.rule ?? 'all_success')] as const)
  return Object.fromEntries(given.filter((each): each is readonly [string, Json] => each[1] !== undefined))
}

/** As the engine hands it on: of a mapped task the list. Other rules than `all_success` run a task without it, too. */
function outputOf(name: string, run: RunDetail, rule: TaskSpec['rule']): Json | undefined {
  const of = run.taskRuns.filter(({ task }) => task === name)
  if (rule === 'all_success' && !(of.length > 0 && of.every(({ state }) => state === 'success'))) throw noOutput(name, run, of)
  const [first] = of
  return first === undefined || first.mapIndex === null ? (first?.output ?? undefined) : of.map(({ output }) => output)
}

const noOutput = (name: string, run: RunDetail, of: readonly TaskRunSummary[]): SluiceError =>
  notFound(`run ${run.id} has no output of ${name}: ${of[0] === undefined ? 'it had no such task' : `it is ${of[0].state}`}`, {
    facts: { run: run.id, task: name, state: of[0]?.state ?? null },
    next: `Name a run in which ${name} succeeded (--run RUN; "sluice runs list ${run.pipeline}"), or run the pipeline once: sluice pipelines trigger ${run.pipeline} --wait.`,
  })
