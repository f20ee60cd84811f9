import { z } from 'zod'
import { inProject } from '../../schemas/values.ts'

/** The dataset that an operation of the lake is about. */
export const target = { dataset: z.string().min(1).describe('silver.assets, or the full id'), ...inProject }

export const question = z
  .string()
  .min(1)
  .describe(
    'one query, in the SQL of DuckDB: it names datasets (silver.assets, with "at (version => 3)" behind it) and files of the lake, and reaches nothing else',
  )
