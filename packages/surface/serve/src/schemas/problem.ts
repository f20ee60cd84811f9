import { z } from '@hono/zod-openapi'

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().openapi({ description: 'From a closed list; what a program decides by.' }),
    next: z.string().nullable().openapi({ description: 'What to do now.' }),
    facts: z.record(z.string(), z.unknown()),
  })
  .openapi('Problem')
