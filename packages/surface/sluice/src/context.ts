import { authoring, type ContextSlot, type RunContext } from '@sluice/author'
import type { BudgetContext } from '@sluice/budget/capability'
import type { LakeContext } from '@sluice/lake/capability'
import type { NotifyContext } from '@sluice/notify/capability'
import type { SettingsContext } from '@sluice/settings/capability'
import type { HttpContext } from '@sluice/sources/capability'
import type { WarehouseContext } from '@sluice/warehouse/capability'

/** The context that `run` gets beside its inputs: one line a capability. */
export interface TaskContext
  extends RunContext,
    SettingsContext,
    HttpContext,
    BudgetContext,
    LakeContext,
    WarehouseContext,
    NotifyContext {}

interface SluiceContext extends ContextSlot {
  readonly context: TaskContext
}

export const { task, sensor } = authoring<SluiceContext>()
