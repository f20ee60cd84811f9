import type { BackfillState, BackfillSummary } from '@sluice/engine'
import { z } from 'zod'
import { actor, instant, oneOf, whole } from './values.ts'

export const backfillState = oneOf<BackfillState>({
  running: 'running',
  paused: 'paused',
  success: 'success',
  failed: 'failed',
  cancelled: 'cancelled',
})

export const backfillSummary: z.ZodType<BackfillSummary> = z
  .object({
    id: whole,
    project: z.string(),
    pipeline: z.string(),
    state: backfillState,
    interval: z.object({ start: instant, end: instant }),
    reprocess: z.boolean(),
    maxActiveRuns: whole.nullable(),
    actor,
    changedBy: actor.nullable().meta({ description: 'Who last paused, resumed or cancelled it.' }),
    createdAt: instant,
    endedAt: instant.nullable(),
    runs: z.record(z.string(), whole).meta({ description: 'How many of its runs are in each state.' }) as z.ZodType<
      BackfillSummary['runs']
    >,
    failedRuns: z.array(z.string()).meta({ description: 'Ids of the first of them, at most 20.' }),
  })
  .meta({ id: 'Backfill' })
