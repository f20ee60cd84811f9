import type { Json } from '@sluice/core'
import { z } from 'zod'

/** What a pull of an API tells of itself in its receipt: the next one goes on from it. */
const schema = z.object({
  source: z.string(),
  requests: z.number(),
  rows: z.number().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  greatest: z.string().optional(),
  /** Of a source of one answer: what was asked, and what says whether it changed. */
  request: z.string().optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  ids: z
    .object({
      asked: z.number(),
      fetched: z.number(),
      /** No row of the answers was theirs. */
      missing: z.array(z.string()),
      missingCount: z.number(),
      failed: z.array(z.object({ id: z.string(), why: z.string() })),
      failedCount: z.number(),
    })
    .optional(),
})
export type Told = z.infer<typeof schema>

/** Of ids a receipt names so many; the log names all. */
export const namedInReceipt = 1_000

export const toldIn = (value: Json | undefined): Told | undefined => schema.safeParse(value).data
