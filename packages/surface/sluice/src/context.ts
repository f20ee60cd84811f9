import { type Authoring, authoring, type ContextSlot, type RunContext } from '@sluice/author'
import type { BudgetContext } from '@sluice/budget/capability'
import type { LakeContext } from '@sluice/lake/capability'
import type { NotifyContext } from '@sluice/notify/capability'
import type { SettingsContext } from '@sluice/settings/capability'
import type { HttpContext } from '@sluice/sources/capability'
import type { WarehouseContext } from '@sluice/warehouse/capability'

/** What `run` is given besides its inputs, for helpers that any step may call: one line a capability. The stores depend on the step. */
export interface TaskContext extends RunContext, SettingsContext, HttpContext, BudgetContext, NotifyContext {}

/** The same with the stores, which take the datasets that the step reads and fills. */
export interface StepContext<Reads extends string = string, Fills extends string = string>
  extends TaskContext,
    LakeContext<Reads, Fills>,
    WarehouseContext<Reads, Fills> {}

export interface SluiceContext extends ContextSlot {
  readonly context: StepContext<this['reads'], this['fills']>
}

const steps = authoring<SluiceContext>()
/** A step that is a function. What it reads and fills gives its place in a pipeline; `run` may touch nothing else. */
export const task: Authoring<SluiceContext>['task'] = steps.task
/** A step that waits for something outside; between two polls it occupies no worker. */
export const sensor: Authoring<SluiceContext>['sensor'] = steps.sensor
