import { z } from 'zod'

export const sqlOptions = {
  limit: z.number().int().min(1).max(100_000).optional().describe('how many rows at most'),
  params: z.record(z.string(), z.string().nullable()).optional().describe('values of ":name" placeholders, as text; they are bound'),
}
