import {
  type Attempt,
  type Batches,
  type Logger,
  mayOverlap,
  type PipelineSpec,
  type RunContext,
  type Sensor,
  type Step,
  type Task,
} from '@sluice/author'
import { type InputVersion, type Json, type Receipt, taskErrors } from '@sluice/core'
import type { Claim } from '../state/claim.ts'
import type { Outputs } from '../state/inputs.ts'
import type { Composed } from './capabilities.ts'
import type { ClosingContext } from './closing-context.ts'
import { storableOutput } from './output.ts'

export interface StepRun {
  readonly claim: Claim
  readonly step: Step
  /** Of the tasks that the step needs. */
  readonly outputs: Outputs
  readonly signal: AbortSignal
  readonly log: Logger
  readonly capabilities: Composed
  readonly pipeline: Pick<PipelineSpec, 'external' | 'maxActiveRuns'>
  readonly batches: Batches
  /** Told of batches that the step used, which then wait for it no more. */
  took(inputs: readonly InputVersion[]): void
  /** Told of each receipt as it comes, so that a later failure loses none. */
  wrote(receipt: Receipt): void
}

/** `not_yet`: a sensor's poll answered false. */
export type StepResult = { readonly output: Json | undefined } | 'not_yet'

/** Runs one step. User code and capabilities are entered here and nowhere else; whatever they throw comes out. */
export async function runStep(run: StepRun): Promise<StepResult> {
  const { step, capabilities } = run
  const shared = runContext(run)
  const inputs = inputsOf(run)
  const attempt = attemptOf(run, shared, inputs)
  switch (step.kind) {
    case 'task': {
      const answer = await untilClosed(capabilities.context(shared, attempt), (context) =>
        (step as Task<unknown, unknown>).run(inputs, context),
      )
      return { output: storableOutput(step.name, answer) }
    }
    case 'sensor': {
      const answer = await untilClosed(capabilities.context(shared, attempt), (context) =>
        (step as Sensor<unknown, unknown>).poll(inputs, context),
      )
      if (answer === false) return 'not_yet'
      // Often a poll that forgot to answer: taken for an output, all that waits for it would begin.
      if (answer === undefined)
        throw taskErrors.output(`the poll of ${step.name} gave undefined, which says neither "not yet" nor "there"`, {
          facts: { task: step.name },
          next: 'Return false where it is not there yet, and the output or true where it is.',
        })
      return { output: storableOutput(step.name, answer) }
    }
    default:
      return { output: storableOutput(step.name, await capabilities.carry(step.kind)(attempt)) }
  }
}

/** What a task promised and did not wait for ends with it. */
async function untilClosed<T>({ members, close, finish }: ClosingContext, run: (context: never) => T): Promise<Awaited<T>> {
  try {
    const answer = await run(members as never)
    await finish()
    return answer
  } finally {
    close()
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

function attemptOf({ claim, step, pipeline, batches, took, wrote }: StepRun, shared: RunContext, inputs: Attempt['inputs']): Attempt {
  const receipts: Receipt[] = []
  return {
    ...shared,
    step,
    inputs,
    generation: claim.generation,
    refetch: claim.refetch,
    external: pipeline.external,
    overlaps: mayOverlap(pipeline.maxActiveRuns),
    batches,
    receipts,
    keep: (receipt) => {
      receipts.push(receipt)
      wrote(receipt)
    },
    take: took,
  }
}

function inputsOf({ outputs, step }: StepRun): Readonly<Record<string, Json | undefined>> {
  return Object.fromEntries(Object.entries(step.needs).map(([input, above]) => [input, outputs[above.name]]))
}

/** The tasks whose outputs a step asks for. */
export const neededBy = ({ needs }: Pick<Step, 'needs'>): readonly string[] => [...new Set(Object.values(needs).map(({ name }) => name))]
