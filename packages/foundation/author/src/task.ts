import type { ContextOf, ContextSlot } from './slot.ts'
import type { Step } from './step.ts'

/** A function of named inputs and a context. Tested by calling its `run`. */
export interface Task<Inputs, Output, Slot extends ContextSlot = ContextSlot> extends Step<Output> {
  readonly kind: 'task'
  run(inputs: Inputs, context: ContextOf<Slot>): Output | Promise<Output>
}

/** What `skip` throws: the attempt ends as skipped, and the tasks below follow their trigger rules. */
export class Skip extends Error {
  override readonly name = 'SluiceSkip'
}

/** Ends the running task as skipped. */
export function skip(reason: string): never {
  throw new Skip(reason)
}
