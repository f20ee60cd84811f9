import { join } from 'node:path'
import type { Batches, TaskSpec } from '@sluice/author'
import {
  definitionErrors,
  formatDuration,
  type InputVersion,
  type Mask,
  orAborted,
  type Receipt,
  SluiceError,
  toErrorRecord,
} from '@sluice/core'
import { attemptErrors } from '../errors.ts'
import { type AttemptFacts, afterAttempt, type Ended, pollLimitMs } from '../plan/after-attempt.ts'
import { logPath } from '../state/attempts.ts'
import type { Claim } from '../state/claim.ts'
import type { FinishItem } from '../state/finish.ts'
import type { Outputs } from '../state/inputs.ts'
import { AttemptChildren, type ChildOutput, currentChildren } from './attempt-children.ts'
import { AttemptLog } from './attempt-log.ts'
import { AttemptScope, currentAttempt } from './attempt-scope.ts'
import type { ComposedProject } from './capabilities.ts'
import { debuggable } from './debugger.ts'
import { endOf } from './end-of.ts'
import type { LoadedPipeline } from './load-pipeline.ts'
import { maskError, maskOutput, maskReceipt } from './masking.ts'
import type { AttemptAtHand } from './own-output.ts'
import { neededBy, runStep } from './run-step.ts'
import { limitTime } from './time-limit.ts'
import { toldOf } from './told-of.ts'

export interface AttemptOptions {
  readonly claim: Claim
  /** Of the process: the attempt's own is below it. */
  readonly mark: string
  /** What the process prints itself. */
  readonly output: { begin(attempt: AttemptAtHand): void; end(attempt: AttemptAtHand): void }
  /** Told how far the log has what the attempt's children print. */
  readonly onChildOutput: (log: string, output: ChildOutput) => void
  readonly stateDir: string
  /** Of its project. */
  readonly capabilities: () => Promise<ComposedProject>
  /** Hides the secrets in the log and in the error. */
  readonly mask: Mask
  /** The pipeline as the run's version has it. */
  readonly pipeline: () => Promise<LoadedPipeline>
  readonly batches: Batches
  /** What tasks of the run gave. */
  readonly outputs: (tasks: readonly string[]) => Promise<Outputs>
  /** Aborts when the run is cancelled or the process must end; the reason says which. */
  readonly stop: AbortSignal
  /** Whether others have run beside it in the process. */
  readonly beside: () => boolean
  /** Told before the code is called, with the instant at which its time is over, and again when that moves. */
  readonly onDeadline: (at: number, timeoutMs: number, facts: AttemptFacts) => void
}

export interface AttemptEnd {
  /** Resolves when the log is on the disk: only then may the item be recorded (rule 9). An attempt without its log has failed. */
  settled(): Promise<FinishItem>
}

/** One call of user code: signals, log, and what follows from its end. Never rejects. */
export async function runAttempt(options: AttemptOptions): Promise<AttemptEnd> {
  const { claim, mask } = options
  const path = join(options.stateDir, logPath(claim))
  const log = new AttemptLog(path, mask)
  const scope = new AttemptScope(`${claim.project}.${claim.pipeline}.${claim.task}`, log)
  const atHand = { name: `${claim.pipeline}.${claim.task}`, log }
  const children = new AttemptChildren({
    mark: `${options.mark}/${claim.id}.${claim.attempt}`,
    file: `${path}.output`,
    print: (line) => log.line('info', line, undefined, 'console'),
    tell: (output) => options.onChildOutput(path, output),
  })
  const receipts: Receipt[] = []
  const taken: InputVersion[] = []
  options.output.begin(atHand)
  const { ended, facts } = await currentChildren.run(children, () => callStep(options, scope, { receipts, taken }))
  children.end()
  scope.end()
  options.output.end(atHand)
  const after = afterAttempt(ended, facts, Date.now(), Math.random())
  if (ended.kind === 'timed_out' && after.outcome === 'rescheduled') {
    log.line('warn', `the poll was not done within ${formatDuration(ended.afterMs)}, which counts as not yet`)
  }
  const error = after.error === null ? null : maskError(mask, after.error)
  const reason = after.reason === null ? null : mask(after.reason)
  if (error !== null) {
    log.line('error', error.message, {
      ...toldOf(error),
      outcome: after.outcome,
      ...(after.outcome === 'retry' ? { delayMs: after.delayMs } : {}),
    })
  }
  const output = maskOutput(mask, after.output)
  if (output !== after.output) log.line('warn', secretInOutput)
  const masked = receipts.map((receipt) => maskReceipt(mask, receipt))
  const item: FinishItem = { ...after, output, error, reason, id: claim.id, token: claim.token, receipts: masked, taken }
  const unlogged = (fault: unknown): FinishItem => ({
    ...item,
    ...afterAttempt({ kind: 'threw', error: toErrorRecord(fault) }, facts, Date.now(), Math.random()),
  })
  return { settled: () => log.end().then(() => item, unlogged) }
}

/** Everybody who may look at the run reads its outputs, and so they are stored without. */
const secretInOutput =
  'the output held a secret, and *** stands in its place, also for the tasks below: ask for it where it is used, by ctx.secret or ctx.connection'

class TimedOut extends SluiceError {
  readonly afterMs: number
  constructor(afterMs: number) {
    super(attemptErrors.timeout, `timed out after ${afterMs} ms`, {
      next: 'Give the task a longer timeout, or make it do less.',
    })
    this.afterMs = afterMs
  }
}

async function callStep(
  options: AttemptOptions,
  scope: AttemptScope,
  { receipts, taken }: { readonly receipts: Receipt[]; readonly taken: InputVersion[] },
): Promise<{ readonly ended: Ended; readonly facts: AttemptFacts }> {
  const { claim, batches, stop } = options
  let facts: AttemptFacts = {
    retry: { attempts: 1, delayMs: 0, backoff: 'constant', maxDelayMs: 0 },
    failures: claim.failures,
    sensor: null,
  }
  const timeout = new AbortController()
  let forgetTimeout: (() => void) | undefined
  try {
    // First: what the import of the file throws is masked by the secrets that come with them.
    const capabilities = await options.capabilities()
    const { spec: pipeline, tasks } = await options.pipeline()
    const task = tasks.get(claim.task)
    if (task === undefined) {
      throw definitionErrors.broken(`the pipeline's file has no step ${claim.task} any more`, {
        next: 'A run keeps the version it began with: restore .sluice/versions, or trigger a new run.',
      })
    }
    const { spec, step } = task
    facts = factsOf(claim, spec)
    const outputs = await options.outputs(neededBy(step))
    if (stop.aborted) return { ended: { kind: 'cancelled' }, facts }
    for (const [name, value] of Object.entries(capabilities.environment)) scope.env.set(name, value)
    const limitMs = facts.sensor === null ? spec.timeoutMs : pollLimitMs(facts.sensor, Date.now())
    const timeoutMs = debuggable() ? null : limitMs
    if (timeoutMs !== null) {
      forgetTimeout = limitTime({
        timeoutMs,
        beside: options.beside,
        told: (at) => options.onDeadline(at, timeoutMs, facts),
        over: () => timeout.abort(new TimedOut(timeoutMs)),
      })
    }
    const signal = timeoutMs === null ? stop : AbortSignal.any([stop, timeout.signal])
    const call = currentAttempt.run(scope, () =>
      runStep({
        claim,
        step,
        outputs,
        signal,
        log: scope.log.logger,
        capabilities,
        pipeline,
        batches,
        took: (inputs) => taken.push(...inputs),
        wrote: (receipt) => receipts.push(receipt),
      }),
    )
    const result = await orAborted(call, scope.stray)
    const stopped = stoppedBy(stop, timeout.signal)
    if (stopped !== undefined) return { ended: stopped, facts }
    return { ended: result === 'not_yet' ? { kind: 'not_yet' } : { kind: 'returned', output: result.output }, facts }
  } catch (thrown) {
    return { ended: stoppedBy(stop, timeout.signal) ?? endOf(thrown, options.mask), facts }
  } finally {
    forgetTimeout?.()
  }
}

/** A task that was told to stop has stopped, whatever it returned or threw then. */
function stoppedBy(stop: AbortSignal, timeout: AbortSignal): Ended | undefined {
  if (timeout.aborted) return { kind: 'timed_out', afterMs: (timeout.reason as TimedOut).afterMs }
  if (stop.aborted) return { kind: 'cancelled' }
  return undefined
}

function factsOf(claim: Claim, { retry, everyMs, onTimeout, timeoutMs, pollTimeoutMs }: TaskSpec): AttemptFacts {
  const waitingSince = claim.firstStartedAt
  const sensor = everyMs === null ? null : { everyMs, onTimeout: onTimeout ?? 'fail', timeoutMs, pollTimeoutMs, waitingSince }
  return { retry, failures: claim.failures, sensor }
}
