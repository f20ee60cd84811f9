import type { OutputCheck } from '@sluice/core'
import type { TaskContext } from './context.ts'
import { type InputsOf, type Needs, type Step, type StepOptions, stepFields } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** A function of named inputs and a context. Tested by calling its `run`. */
export interface Task<Inputs, Output> extends Step<Output> {
  readonly kind: 'task'
  run(inputs: Inputs, context: TaskContext): Output | Promise<Output>
}

export function task<const N extends Needs = Record<never, never>, Output = void, const Rule extends TriggerRule = 'all_success'>(
  definition: StepOptions<N, Rule> & {
    readonly run: (inputs: InputsOf<N, Rule>, context: TaskContext) => Output | Promise<Output>
  } & OutputCheck<Output>,
): Task<InputsOf<N, Rule>, Output> {
  const { run } = definition
  return Object.freeze({ ...stepFields(definition), kind: 'task', run })
}

/** What `skip` throws: the attempt ends as skipped, and the tasks below follow their trigger rules. */
export class Skip extends Error {
  override readonly name = 'SluiceSkip'
}

/** Ends the running task as skipped. */
export function skip(reason: string): never {
  throw new Skip(reason)
}
