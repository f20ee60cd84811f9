import { type Capability, graphOf, type Logger, type Pipeline, type PipelineSpec, type Step, type TaskSpec } from '@sluice/author'
import {
  type InputVersion,
  type Instant,
  type Interval,
  type Json,
  type Mask,
  manualRunKey,
  maskOf,
  type Receipt,
  type RunKey,
} from '@sluice/core'
import { later, pause } from '@sluice/process'
import type { RunSummary, TaskState } from '../api.ts'
import { type AfterAttempt, afterAttempt, type Ended, pollLimitMs } from '../plan/after-attempt.ts'
import { type Asking, type Taken, type Written, waitingFor, writtenInRun } from '../plan/batches-at-hand.ts'
import { paramsOf } from '../plan/params.ts'
import { runStateOf } from '../plan/propagate.ts'
import { countAbove, decide } from '../plan/trigger.ts'
import type { Claim } from '../state/claim.ts'
import type { Outputs } from '../state/inputs.ts'
import { type Composed, compose } from './capabilities.ts'
import { endOf } from './end-of.ts'
import { maskError, maskedLogger, maskOutput, maskReceipt } from './masking.ts'
import { neededBy, runStep, type StepRun } from './run-step.ts'
import { toldOf } from './told-of.ts'

export interface InProcessOptions {
  readonly project: string
  readonly timeZone: string
  readonly interval: Interval
  /** Closed by whoever gives them. */
  readonly capabilities: readonly Capability[]
  /** Values that are masked in logs and errors. */
  readonly secrets?: readonly string[]
  /** The log of one task. */
  readonly logOf: (task: string) => Logger
  /** Default: `test`. */
  readonly runId?: string
  /** Default: that of a manual run of this id. The same key gives the same batches. */
  readonly key?: RunKey
  readonly generation?: number
  /** What this generation lands is asked of its source again. */
  readonly refetch?: boolean
  readonly params?: Readonly<Record<string, Json>>
  readonly now?: () => Instant
  readonly random?: () => number
  /** Waits between retries and polls. Default: really. */
  readonly sleep?: (ms: number) => Promise<unknown>
  readonly onTask?: (task: InProcessTask) => void
  /** What earlier runs wrote and took; this run is added to it. Default: nothing. */
  readonly history?: RunHistory
  /** Only this task and those above it. */
  readonly until?: string
  /** Only this task, whatever its trigger rule says, with outputs that tasks above it gave in another run. */
  readonly alone?: { readonly task: string; readonly outputs: Outputs }
  /** What made the run. Default: `manual`. */
  readonly trigger?: RunSummary['trigger']
}

/** A history that grows with each run that is given it. */
export interface RunHistory {
  readonly written: Written[]
  readonly taken: Taken[]
}

export interface InProcessTask {
  readonly task: string
  readonly state: TaskState
  readonly attempts: number
  readonly output: Json | undefined
  readonly error: AfterAttempt['error']
  readonly reason: string | null
  readonly receipts: readonly Receipt[]
}

export interface InProcessRun {
  readonly state: 'success' | 'failed' | 'cancelled'
  readonly tasks: readonly InProcessTask[]
}

type Composing = Omit<InProcessOptions, 'capabilities' | 'history' | 'params'> & {
  readonly params: Readonly<Record<string, Json>>
  readonly capabilities: Composed
  readonly history: RunHistory
  readonly pipeline: PipelineSpec
}

/**
 * One run of a pipeline in this process, without a metadata database: the same planner, context and sinks as a worker's, one task after
 * another in topological order. A timeout aborts the task's signal; nothing is killed. For tests (rule 13).
 */
export async function runInProcess(pipeline: Pipeline, options: InProcessOptions): Promise<InProcessRun> {
  const { spec, steps } = graphOf(pipeline)
  const composing = {
    ...options,
    capabilities: compose(options.capabilities),
    history: options.history ?? { written: [], taken: [] },
    params: paramsOf(spec, options.params ?? {}),
    pipeline: spec,
  }
  const done = new Map<string, InProcessTask>()
  const { alone } = options
  const wanted =
    alone !== undefined ? new Set([alone.task]) : options.until === undefined ? undefined : withThoseAbove(spec.tasks, options.until)
  for (const task of spec.tasks) {
    if (wanted?.has(task.name) === false) continue
    const above = countAbove(task.upstream.map((name) => done.get(name)?.state ?? 'waiting'))
    const decision = alone === undefined ? decide(task.rule, above) : 'queued'
    const step = steps.get(task.name)
    const ended =
      decision === 'queued' && step !== undefined
        ? await runTask(task, step, alone?.outputs ?? outputsOf(neededBy(step), done), composing)
        : notRun(task, decision === 'upstream_failed' ? 'upstream_failed' : 'skipped')
    done.set(task.name, ended)
    options.onTask?.(ended)
  }
  const tasks = [...done.values()]
  return {
    state:
      runStateOf(
        tasks.map(({ state }) => state),
        false,
      ) ?? 'failed',
    tasks,
  }
}

/** Tasks stand in topological order, so one pass from the end finds all that a task needs. */
function withThoseAbove(tasks: readonly TaskSpec[], task: string): ReadonlySet<string> {
  const wanted = new Set([task])
  for (const each of tasks.toReversed()) if (wanted.has(each.name)) for (const above of each.upstream) wanted.add(above)
  return wanted
}

const notRun = ({ name, rule }: TaskSpec, state: 'skipped' | 'upstream_failed'): InProcessTask => ({
  task: name,
  state,
  attempts: 0,
  output: undefined,
  error: null,
  // In the words of `sluice.reason_of`.
  reason: state === 'upstream_failed' ? 'a task above failed' : rule === 'one_failed' ? 'no task above failed' : 'a task above was skipped',
  receipts: [],
})

async function runTask(spec: TaskSpec, step: Step, outputs: Outputs, options: Composing): Promise<InProcessTask> {
  const { now = Date.now, random = Math.random, sleep = pause, logOf } = options
  const mask = maskOf(options.secrets ?? [])
  const receipts: Receipt[] = []
  const waitingSince = now()
  const sensor =
    spec.everyMs === null
      ? null
      : {
          everyMs: spec.everyMs,
          onTimeout: spec.onTimeout ?? ('fail' as const),
          timeoutMs: spec.timeoutMs,
          pollTimeoutMs: spec.pollTimeoutMs,
          waitingSince,
        }
  const log = maskedLogger(mask, logOf(spec.name))
  for (let attempt = 1, failures = 0; ; ) {
    const claim = claimOf(spec, attempt, failures, waitingSince, options)
    const taken: InputVersion[] = []
    const run = {
      claim,
      step,
      outputs,
      log,
      ...stepRunOf(options, claim),
      took: (inputs: readonly InputVersion[]) => void taken.push(...inputs),
      wrote: (receipt: Receipt) => {
        receipts.push(receipt)
        options.history.written.push({ run: claim.key, task: spec.name, kind: spec.kind, receipt })
      },
    }
    const ended = await attemptOnce(run, sensor === null ? spec.timeoutMs : pollLimitMs(sensor, now()), mask)
    const then = afterAttempt(ended, { retry: spec.retry, failures, sensor }, now(), random())
    if (then.outcome === 'retry' || then.outcome === 'rescheduled') {
      if (then.outcome === 'retry') {
        log.warn(`attempt ${attempt} failed, trying again`, { ...then.error, delayMs: then.delayMs })
        attempt++
        failures++
      }
      await sleep(then.delayMs)
      continue
    }
    const error = then.error === null ? null : maskError(mask, then.error)
    if (error !== null) log.error(error.message, { ...toldOf(error) })
    else options.history.taken.push(...taken.map(({ dataset, batch }) => ({ ...askingOf(claim), dataset, batch })))
    return {
      task: spec.name,
      state: then.outcome,
      attempts: attempt,
      output: maskOutput(mask, then.output),
      error,
      reason: then.reason === null ? null : mask(then.reason),
      receipts: receipts.map((receipt) => maskReceipt(mask, receipt)),
    }
  }
}

function outputsOf(tasks: readonly string[], done: ReadonlyMap<string, InProcessTask>): Outputs {
  const given = tasks.map((name) => [name, done.get(name)?.output] as const)
  return Object.fromEntries(given.filter((each): each is readonly [string, Json] => each[1] !== undefined))
}

const askingOf = ({ pipeline, task, key }: Claim): Asking => ({ pipeline, task, run: key })

const stepRunOf = ({ capabilities, pipeline, history }: Composing, claim: Claim) => ({
  capabilities,
  pipeline,
  batches: {
    written: async (datasets: readonly string[]) => writtenInRun(history, askingOf(claim), datasets),
    waiting: async (datasets: readonly string[]) => waitingFor(history, askingOf(claim), datasets),
  },
})

async function attemptOnce(run: Omit<StepRun, 'signal'>, timeoutMs: number | null, mask: Mask): Promise<Ended> {
  const timeout = new AbortController()
  const forgetTimeout =
    timeoutMs === null
      ? undefined
      : later(timeoutMs, () => timeout.abort(new DOMException('the step took too long', 'TimeoutError')), { ref: false })
  try {
    const result = await runStep({ ...run, signal: timeout.signal })
    return result === 'not_yet' ? { kind: 'not_yet' } : { kind: 'returned', output: result.output }
  } catch (thrown) {
    if (timeout.signal.aborted) return { kind: 'timed_out', afterMs: timeoutMs ?? 0 }
    return endOf(thrown, mask)
  } finally {
    forgetTimeout?.()
  }
}

function claimOf(spec: TaskSpec, attempt: number, failures: number, startedAt: Instant, options: Composing): Claim {
  return {
    id: 0,
    token: attempt,
    attempt,
    generation: options.generation ?? 1,
    refetch: options.refetch ?? false,
    task: spec.name,
    computes: spec.computes,
    isolated: spec.computes && spec.kind === 'task',
    losses: 0,
    failures,
    firstStartedAt: startedAt,
    startedAt,
    run: options.runId ?? 'test',
    runState: 'running',
    project: options.project,
    pipeline: options.pipeline.name,
    version: 0,
    definitionId: 0,
    key: options.key ?? manualRunKey(options.runId ?? 'test'),
    trigger: options.trigger ?? 'manual',
    logicalTime: options.interval.end,
    intervalStart: options.interval.start,
    intervalEnd: options.interval.end,
    params: options.params,
    timeZone: options.timeZone,
    file: '',
    mapIndex: null,
  }
}
