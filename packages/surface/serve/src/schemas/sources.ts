import { z } from 'zod'
import type { DeclaredSource, PlannedSource, PreviewedSource, PulledSource } from '../services.ts'
import { instant, json, jsonObject, oneOf, whole } from './values.ts'

const kind = oneOf<DeclaredSource['kind']>({ 'file-source': 'file-source', 'rest-source': 'rest-source', 'sql-source': 'sql-source' })
const of = {
  project: z.string(),
  source: z.string(),
  kind,
  dataset: z.string().meta({ description: 'Full id.', example: 'furniture:lake.silver.tills' }),
}
const declared = {
  ...of,
  whole: z.boolean().meta({ description: 'Each pull takes all of it.' }),
  keep: z.string().nullable().meta({ description: 'How long its dataset keeps rows.' }),
  pipeline: z.string(),
  step: z.string(),
}

export const declaredSource: z.ZodType<DeclaredSource> = z.object(declared).meta({ id: 'DeclaredSource' })

export const pulledSource: z.ZodType<PulledSource> = z
  .object({
    ...declared,
    files: whole.nullable().meta({ description: 'Of files alone, as are `moved` and `retained`.' }),
    moved: whole.nullable().meta({ description: 'Files that have another path than at first.' }),
    retained: whole.nullable().meta({ description: 'Files whose rows have all gone by the retention of the dataset.' }),
    rowsWritten: whole,
    rowsQuarantined: whole,
    pulledAt: instant.nullable(),
  })
  .meta({ id: 'PulledSource' })

const asked = {
  asked: z.string().nullable().meta({ description: 'Of a database or an API: what was asked, without secrets.' }),
  since: z.string().nullable().meta({ description: 'From which value on a database or an API is asked; null for all.' }),
  more: z.boolean().meta({ description: 'A pull would go on: there may be more rows or pages.' }),
}
const told = z.array(z.string())

export const plannedSource: z.ZodType<PlannedSource> = z
  .object({
    ...of,
    folder: z.string().nullable().meta({ description: 'Of files alone, as are `counts` and `files`.' }),
    counts: z.object({ found: whole }).catchall(whole).nullable(),
    files: z.array(z.object({ file: z.string(), is: z.string(), bytes: whole, modified: instant, deed: z.string() })),
    ...asked,
    rows: whole.nullable().meta({ description: 'Of a database or an API: rows that were looked at.' }),
    drift: told,
    refused: z.string().nullable().meta({ description: 'Why the pull would be refused.' }),
    told,
  })
  .meta({ id: 'PlannedSource' })

export const previewedSource: z.ZodType<PreviewedSource> = z
  .object({
    ...of,
    file: z.string().nullable().meta({ description: 'Of files: the one that was read, by its path below the folder.' }),
    ...asked,
    detected: jsonObject,
    columns: z.record(z.string(), z.string().nullable()).meta({ description: 'Column of the dataset -> that which fills it.' }),
    drift: told,
    refused: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
    rowsIn: whole,
    rowsWritten: whole,
    rowsQuarantined: whole,
    rows: z.array(z.record(z.string(), json)).meta({ description: 'The first.' }),
    quarantine: z.array(z.object({ line: whole, column: z.string().nullable(), rule: z.string(), means: z.string(), cells: z.string() })),
    told,
  })
  .meta({ id: 'PreviewedSource' })
