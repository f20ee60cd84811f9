import { z } from 'zod'

export const ofBackfill = z.object({ backfill: z.coerce.number().int().min(1).describe('the number of the backfill') })
