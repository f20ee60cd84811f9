import { z } from 'zod'

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({ description: 'From a closed list; what a program decides by.' }),
    next: z.string().nullable().meta({ description: 'What to do now.' }),
    facts: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Problem' })
