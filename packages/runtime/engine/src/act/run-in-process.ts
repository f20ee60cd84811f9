import { setTimeout as delay } from 'node:timers/promises'
import { type Capability, graphOf, type Logger, type Pipeline, type Step, type TaskSpec } from '@sluice/author'
import { type Instant, type Interval, type Json, manualRunKey, type Receipt, type RunKey } from '@sluice/core'
import type { TaskState } from '../api.ts'
import { type AfterAttempt, afterAttempt, type Ended } from '../plan/after-attempt.ts'
import { runStateOf } from '../plan/propagate.ts'
import { countAbove, decide } from '../plan/trigger.ts'
import type { Claim } from '../state/claim.ts'
import { type Composed, compose } from './capabilities.ts'
import { endOf } from './end-of.ts'
import { maskError, maskedLogger, maskOf } from './masking.ts'
import { runStep } from './run-step.ts'

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
  readonly params?: Readonly<Record<string, Json>>
  readonly now?: () => Instant
  readonly random?: () => number
  /** Waits between retries and polls. Default: really. */
  readonly sleep?: (ms: number) => Promise<unknown>
  readonly onTask?: (task: InProcessTask) => void
  /** Only this task and those above it. */
  readonly until?: string
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

type Composing = Omit<InProcessOptions, 'capabilities'> & { readonly capabilities: Composed }

/**
 * One run of a pipeline in this process, without a metadata database: the same planner, context and sinks as a worker's, one task after
 * another in topological order. A timeout aborts the task's signal; nothing is killed. For tests (rule 13).
 */
export async function runInProcess(pipeline: Pipeline, options: InProcessOptions): Promise<InProcessRun> {
  const { spec, steps } = graphOf(pipeline)
  const capabilities = compose(options.capabilities)
  const done = new Map<string, InProcessTask>()
  const wanted = options.until === undefined ? undefined : withThoseAbove(spec.tasks, options.until)
  for (const task of spec.tasks) {
    if (wanted?.has(task.name) === false) continue
    const above = countAbove(task.upstream.map((name) => done.get(name)?.state ?? 'waiting'))
    const decision = decide(task.rule, above)
    const step = steps.get(task.name)
    const ended =
      decision === 'queued' && step !== undefined
        ? await runTask(pipeline, task, step, done, { ...options, capabilities })
        : notRun(task.name, decision === 'upstream_failed' ? 'upstream_failed' : 'skipped')
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

const notRun = (task: string, state: 'skipped' | 'upstream_failed'): InProcessTask => ({
  task,
  state,
  attempts: 0,
  output: undefined,
  error: null,
  reason: state === 'skipped' ? 'a task above was skipped' : 'a task above failed',
  receipts: [],
})

async function runTask(
  pipeline: Pipeline,
  spec: TaskSpec,
  step: Step,
  done: ReadonlyMap<string, InProcessTask>,
  options: Composing,
): Promise<InProcessTask> {
  const { now = Date.now, random = Math.random, sleep = (ms: number) => delay(ms), logOf } = options
  const mask = maskOf(options.secrets ?? [])
  const receipts: Receipt[] = []
  const waitingSince = now()
  const sensor =
    spec.everyMs === null
      ? null
      : { everyMs: spec.everyMs, onTimeout: spec.onTimeout ?? ('fail' as const), timeoutMs: spec.timeoutMs, waitingSince }
  const log = maskedLogger(mask, logOf(spec.name))
  for (let attempt = 1, failures = 0; ; ) {
    const claim = claimOf(pipeline, spec, attempt, failures, waitingSince, done, options)
    const ended = await attemptOnce(step, claim, sensor === null ? spec.timeoutMs : null, log, options.capabilities, receipts)
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
    if (error !== null) log.error(error.message, { ...error })
    return {
      task: spec.name,
      state: then.outcome,
      attempts: attempt,
      output: then.output,
      error,
      reason: then.reason === null ? null : mask(then.reason),
      receipts,
    }
  }
}

async function attemptOnce(
  step: Step,
  claim: Claim,
  timeoutMs: number | null,
  log: Logger,
  capabilities: Composed,
  receipts: Receipt[],
): Promise<Ended> {
  const timeout = timeoutMs === null ? new AbortController().signal : AbortSignal.timeout(timeoutMs)
  try {
    const result = await runStep({ claim, step, signal: timeout, log, capabilities, wrote: (receipt) => receipts.push(receipt) })
    return result === 'not_yet' ? { kind: 'not_yet' } : { kind: 'returned', output: result.output }
  } catch (thrown) {
    if (timeout.aborted) return { kind: 'timed_out', afterMs: timeoutMs ?? 0 }
    return endOf(thrown)
  }
}

function claimOf(
  pipeline: Pipeline,
  spec: TaskSpec,
  attempt: number,
  failures: number,
  startedAt: Instant,
  done: ReadonlyMap<string, InProcessTask>,
  options: Omit<InProcessOptions, 'capabilities'>,
): Claim {
  const upstream: Record<string, Json> = {}
  for (const name of spec.upstream) {
    const output = done.get(name)?.output
    if (output !== undefined) upstream[name] = output
  }
  return {
    id: 0,
    attempt,
    generation: options.generation ?? 1,
    task: spec.name,
    failures,
    firstStartedAt: startedAt,
    startedAt,
    run: options.runId ?? 'test',
    runState: 'running',
    project: options.project,
    pipeline: pipeline.name,
    definitionId: 0,
    key: options.key ?? manualRunKey(options.runId ?? 'test'),
    trigger: 'manual',
    logicalTime: options.interval.end,
    intervalStart: options.interval.start,
    intervalEnd: options.interval.end,
    params: { ...pipeline.params, ...options.params },
    timeZone: options.timeZone,
    file: '',
    upstream,
  }
}
