import type { RunContext } from '../run/context.ts'
import { authoring } from './functions.ts'
import type { ContextSlot } from './slot.ts'

interface WithoutCapabilities extends ContextSlot {
  readonly context: RunContext
}

/** For steps that use no capability. */
export const { task, sensor } = authoring<WithoutCapabilities>()
