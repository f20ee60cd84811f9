import type { OutputCheck } from '@sluice/core'
import { type Duration, durationMs } from '@sluice/core'
import type { TaskContext } from './context.ts'
import { type InputsOf, type Needs, type Step, type StepOptions, stepFields } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/**
 * Waits for something outside. Between two polls it occupies no worker. `poll` answers `false` (not yet) or the output.
 * `timeout` is the whole wait; one poll may take as long as `every`.
 */
export interface Sensor<Inputs, Output> extends Step<Output> {
  readonly kind: 'sensor'
  readonly everyMs: number
  readonly onTimeout: 'fail' | 'skip'
  poll(inputs: Inputs, context: TaskContext): Output | false | Promise<Output | false>
}

export function sensor<const N extends Needs = Record<never, never>, Output = void, const Rule extends TriggerRule = 'all_success'>(
  definition: StepOptions<N, Rule> & {
    readonly every: Duration
    readonly timeout: Duration
    readonly onTimeout?: 'fail' | 'skip'
    readonly poll: (inputs: InputsOf<N, Rule>, context: TaskContext) => Output | false | Promise<Output | false>
  } & OutputCheck<Output>,
): Sensor<InputsOf<N, Rule>, Exclude<Output, false>> {
  const { poll } = definition
  return Object.freeze({
    ...stepFields(definition),
    kind: 'sensor',
    everyMs: durationMs(definition.every),
    onTimeout: definition.onTimeout ?? 'fail',
    poll: poll as Sensor<InputsOf<N, Rule>, Exclude<Output, false>>['poll'],
  })
}
