import { type Duration, durationMs } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aFunction, optionNames, refuseOddOptions, refuseOther, refuseOtherWords } from '../base/shape.ts'
import type { None } from '../base/types.ts'
import type { AnyDataset, IdsOf } from '../dataset/any-dataset.ts'
import type { InputsOf, Named, Needed } from './needs.ts'
import { type StepOptions, stepFields, stepOptions } from './options.ts'
import type { Storable } from './output.ts'
import type { ContextOf, ContextSlot } from './slot.ts'
import type { Step } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** A function of named inputs and a context. Tested by calling its `run`. */
export interface Task<Inputs, Output, Slot extends ContextSlot = ContextSlot> extends Step<Output> {
  readonly kind: 'task'
  readonly isolated: boolean
  run(inputs: Inputs, context: ContextOf<Slot, string, string>): Output | Promise<Output>
}

/** Waits for something outside. Between two polls it occupies no worker. */
export interface Sensor<Inputs, Output, Slot extends ContextSlot = ContextSlot> extends Step<Output> {
  readonly kind: 'sensor'
  readonly everyMs: number
  readonly pollTimeoutMs: number
  readonly onTimeout: 'fail' | 'skip'
  poll(inputs: Inputs, context: ContextOf<Slot, string, string>): Output | false | Promise<Output | false>
}

export interface FunctionOptions<N, R extends TriggerRule, Reads extends readonly AnyDataset[]> extends StepOptions {
  /** Steps whose output it takes, by the name that it gives them. */
  readonly needs?: Needed<N>
  /** Datasets that it reads, each of which it may name in sql. */
  readonly reads?: Reads
  readonly rule?: R
}

/** The steps that are functions of a context, for one kind of context. */
export interface Authoring<Slot extends ContextSlot> {
  /** A step that is a function. What it reads and fills gives its place in a pipeline; `run` may touch nothing else. */
  readonly task: <
    const N extends Named = None,
    Output = void,
    const R extends 'all_success' | 'all_done' | 'one_failed' | 'none_failed' = 'all_success',
    const Reads extends readonly AnyDataset[] = readonly [],
    const Fills extends readonly AnyDataset[] = readonly [],
  >(
    definition: FunctionOptions<N, R, Reads> & {
      /** Datasets that it writes. */
      readonly fills?: Fills
      /** It computes in JavaScript, and so blocks its process: nothing runs beside it there. A task that waits for others leaves it out. */
      readonly isolated?: boolean
      readonly run: (inputs: InputsOf<N, R>, context: ContextOf<Slot, IdsOf<Reads>, IdsOf<Fills>>) => Storable<Output>
    },
  ) => Task<InputsOf<N, R>, Output, Slot>
  /**
   * A step that waits. `poll` answers `false` (not yet) or the output; `undefined` is refused. `timeout` is the whole wait. One poll may
   * take as long as `pollTimeout` (five minutes unless given): one that is not done by then counts as not yet.
   */
  readonly sensor: <
    const N extends Named = None,
    Output = void,
    const R extends 'all_success' | 'all_done' | 'one_failed' | 'none_failed' = 'all_success',
    const Reads extends readonly AnyDataset[] = readonly [],
  >(
    definition: Omit<FunctionOptions<N, R, Reads>, 'timeout'> & {
      readonly every: Duration
      readonly timeout: Duration
      readonly pollTimeout?: Duration
      readonly onTimeout?: 'fail' | 'skip'
      readonly poll: (
        inputs: InputsOf<N, R>,
        context: ContextOf<Slot, IdsOf<Reads>, never>,
      ) => Storable<Output, Output | false | Promise<Output | false>>
    },
  ) => Sensor<InputsOf<N, R>, Exclude<Output, false>, Slot>
}

/** `task` and `sensor`, whose functions are given what the slot says. */
export const authoring = <Slot extends ContextSlot>(): Authoring<Slot> => ({
  task: (definition) => {
    refuseOddFunction('task', definition, 'run', taskOptions)
    return frozen({ ...stepFields('task', definition), isolated: definition.isolated ?? false, run: definition.run as never })
  },
  sensor: (definition) => {
    refuseOddFunction('sensor', definition, 'poll', sensorOptions)
    durationMs(definition.timeout)
    return frozen({
      ...stepFields('sensor', definition),
      everyMs: durationMs(definition.every),
      pollTimeoutMs: pollTimeoutOf(definition.name, definition.pollTimeout),
      onTimeout: definition.onTimeout ?? 'fail',
      poll: definition.poll as never,
    })
  },
})

function pollTimeoutOf(sensor: string, given: Duration = '5m'): number {
  const ms = durationMs(given)
  if (ms > 0) return ms
  throw refused(`sensor ${sensor}`, 'pollTimeout is nothing, so no poll could answer', "Write how long a poll may take: '5m'.")
}

/** Options of a step that is a function. */
export const functionOptions: readonly string[] = [
  ...stepOptions,
  ...optionNames<Omit<FunctionOptions<None, TriggerRule, readonly AnyDataset[]>, keyof StepOptions>>({
    needs: true,
    reads: true,
    rule: true,
  }),
]
const taskOptions = [
  ...functionOptions,
  ...optionNames<Omit<Parameters<Authoring<ContextSlot>['task']>[0], keyof FunctionOptions<None, TriggerRule, readonly AnyDataset[]>>>({
    fills: true,
    isolated: true,
    run: true,
  }),
]
const sensorOptions = [
  ...functionOptions,
  ...optionNames<Omit<Parameters<Authoring<ContextSlot>['sensor']>[0], keyof FunctionOptions<None, TriggerRule, readonly AnyDataset[]>>>({
    every: true,
    pollTimeout: true,
    onTimeout: true,
    poll: true,
  }),
]

function refuseOddFunction(kind: string, definition: object, run: 'run' | 'poll', known: readonly string[]): void {
  refuseOddOptions(`${kind} ${String((definition as Partial<StepOptions> | undefined)?.name ?? '')}`.trim(), definition, known)
  const { name, onTimeout = 'fail', [run]: called } = definition as Readonly<Partial<Record<string, unknown>>>
  refuseOther(`${kind} ${String(name)}`, run, called, aFunction)
  refuseOtherWords(`${kind} ${String(name)}`, 'onTimeout', onTimeout, ['fail', 'skip'])
}
