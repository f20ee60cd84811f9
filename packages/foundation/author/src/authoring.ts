import type { OutputCheck } from '@sluice/core'
import { type Duration, durationMs } from '@sluice/core'
import type { RunContext } from './context.ts'
import type { Sensor } from './sensor.ts'
import type { ContextOf, ContextSlot } from './slot.ts'
import { type InputsOf, type Needs, type StepOptions, stepFields } from './step.ts'
import type { Task } from './task.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** The steps that are functions of a context, for one kind of context. */
export interface Authoring<Slot extends ContextSlot> {
  readonly task: <const N extends Needs = Record<never, never>, Output = void, const Rule extends TriggerRule = 'all_success'>(
    definition: StepOptions<N, Rule> & {
      readonly run: (inputs: InputsOf<N, Rule>, context: ContextOf<Slot>) => Output | Promise<Output>
    } & OutputCheck<Output>,
  ) => Task<InputsOf<N, Rule>, Output, Slot>
  readonly sensor: <const N extends Needs = Record<never, never>, Output = void, const Rule extends TriggerRule = 'all_success'>(
    definition: StepOptions<N, Rule> & {
      readonly every: Duration
      readonly timeout: Duration
      readonly onTimeout?: 'fail' | 'skip'
      readonly poll: (inputs: InputsOf<N, Rule>, context: ContextOf<Slot>) => Output | false | Promise<Output | false>
    } & OutputCheck<Output>,
  ) => Sensor<InputsOf<N, Rule>, Exclude<Output, false>, Slot>
}

/** `task` and `sensor`, whose functions are given what the slot says. */
export const authoring = <Slot extends ContextSlot>(): Authoring<Slot> => ({
  task: (definition) => Object.freeze({ ...stepFields(definition), kind: 'task', run: definition.run as never }),
  sensor: (definition) =>
    Object.freeze({
      ...stepFields(definition),
      kind: 'sensor',
      everyMs: durationMs(definition.every),
      onTimeout: definition.onTimeout ?? 'fail',
      poll: definition.poll as never,
    }),
})

interface WithoutCapabilities extends ContextSlot {
  readonly context: RunContext
}

/** For steps that use no capability. */
export const { task, sensor } = authoring<WithoutCapabilities>()
