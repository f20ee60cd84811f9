import { z } from 'zod'
import type { Problem } from '../wire/problem.ts'
import { errorKind } from './runs.ts'

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({ description: 'From a closed list; what a program decides by.' }),
    kind: errorKind.meta({ description: 'Whether the same request may succeed later.' }),
    next: z.string().nullable().meta({ description: 'What to do now.' }),
    facts: z.record(z.string(), z.unknown()),
  } satisfies { readonly [Member in keyof Problem]: z.ZodType })
  .meta({ id: 'Problem' })
