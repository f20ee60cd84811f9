import type { ContextOf, ContextSlot } from './slot.ts'
import type { Step } from './step.ts'

/**
 * Waits for something outside. Between two polls it occupies no worker. `poll` answers `false` (not yet) or the output.
 * `timeout` is the whole wait; one poll may take as long as `every`.
 */
export interface Sensor<Inputs, Output, Slot extends ContextSlot = ContextSlot> extends Step<Output> {
  readonly kind: 'sensor'
  readonly everyMs: number
  readonly onTimeout: 'fail' | 'skip'
  poll(inputs: Inputs, context: ContextOf<Slot>): Output | false | Promise<Output | false>
}
