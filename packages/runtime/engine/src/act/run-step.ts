import type { Attempt, Logger, RunContext, Sensor, Step, Task } from '@sluice/author'
import type { DatasetRef, Json, Receipt } from '@sluice/core'
import type { Claim } from '../state/claim.ts'
import type { Composed } from './capabilities.ts'
import { storableOutput } from './output.ts'

export interface StepRun {
  readonly claim: Claim
  readonly step: Step
  readonly signal: AbortSignal
  readonly log: Logger
  readonly capabilities: Composed
  /** Told of each receipt as it comes, so that a later failure loses none. */
  wrote(receipt: Receipt): void
}

/** `not_yet`: a sensor's poll answered false. */
export type StepResult = { readonly output: Json | undefined } | 'not_yet'

/** Runs one step. User code and capabilities are entered here and nowhere else; whatever they throw comes out. */
export async function runStep(run: StepRun): Promise<StepResult> {
  const { step, capabilities } = run
  const shared = runContext(run)
  const attempt = attemptOf(run, shared)
  switch (step.kind) {
    case 'task': {
      const answer = await (step as Task<unknown, unknown>).run(inputsOf(run), capabilities.context(shared, attempt))
      return { output: storableOutput(step.name, answer) }
    }
    case 'sensor': {
      const answer = await (step as Sensor<unknown, unknown>).poll(inputsOf(run), capabilities.context(shared, attempt))
      return answer === false ? 'not_yet' : { output: storableOutput(step.name, answer) }
    }
    default:
      return { output: storableOutput(step.name, await capabilities.carry(step.kind)(attempt)) }
  }
}

function runContext({ claim, signal, log }: StepRun): RunContext {
  const { run: id, project, pipeline, key, logicalTime, trigger, task: name, attempt, timeZone, params } = claim
  return {
    run: { id, project, pipeline, key, logicalTime, trigger },
    task: { name, attempt },
    interval: { start: claim.intervalStart, end: claim.intervalEnd },
    timeZone,
    params,
    signal,
    log,
  }
}

function attemptOf({ claim, step, wrote }: StepRun, shared: RunContext): Attempt {
  const receipts: Receipt[] = []
  return {
    ...shared,
    step,
    generation: claim.generation,
    refs: refsIn(claim.upstream ?? {}),
    receipts,
    keep: (receipt) => {
      receipts.push(receipt)
      wrote(receipt)
    },
  }
}

function inputsOf({ claim, step }: StepRun): Readonly<Record<string, Json | undefined>> {
  const upstream = claim.upstream ?? {}
  return Object.fromEntries(Object.entries(step.needs).map(([input, above]) => [input, upstream[above.name]]))
}

function refsIn(upstream: Readonly<Record<string, Json>>): Attempt['refs'] {
  const refs: Record<string, DatasetRef> = {}
  for (const [name, output] of Object.entries(upstream)) if (isDatasetRef(output)) refs[name] = output
  return refs
}

const isDatasetRef = (value: Json | undefined): value is DatasetRef & Json =>
  value !== null && typeof value === 'object' && 'store' in value && 'dataset' in value && 'batch' in value && 'version' in value
