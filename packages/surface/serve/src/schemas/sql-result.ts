import type { SqlResult } from '@sluice/warehouse'
import { z } from 'zod'
import { json } from './values.ts'

export const sqlResult: z.ZodType<SqlResult> = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(json)).meta({
      description:
        'Cells in the order of the columns. Instants and intervals are ISO-8601, binary is base64; decimals and integers past 2^53 are text.',
    }),
    truncated: z.boolean(),
    cutBy: z.enum(['limit', 'bytes', 'cells']).nullable().meta({
      description: 'Why there are more rows: the limit that was asked for, or the most bytes or cells that an answer may have.',
    }),
  })
  .meta({ id: 'SqlResult' })
