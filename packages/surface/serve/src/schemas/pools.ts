import type { PoolSummary } from '@sluice/engine'
import { z } from 'zod'
import { whole } from './values.ts'

export const poolSummary: z.ZodType<PoolSummary> = z
  .object({
    project: z.string(),
    name: z.string(),
    slots: whole,
    running: whole,
    queued: whole.meta({ description: 'Tasks that may run and wait for it, or for a worker.' }),
  })
  .meta({ id: 'Pool' })
