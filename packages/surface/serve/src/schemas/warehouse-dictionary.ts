import type { DeclaredObject, DescribedTable } from '@sluice/warehouse'
import { z } from 'zod'
import type { ModelsNode } from '../services.ts'

export interface WarehouseDictionary {
  readonly project: string
  /** Beside what is declared of each what fills it: loads, models and tasks. */
  readonly tables: readonly (DescribedTable & { readonly filledBy: readonly Filler[] })[]
  readonly objects: readonly DeclaredObject[]
}

type Filler = Pick<ModelsNode, 'name' | 'file' | 'steps'> & { readonly kind: string }

const names = z.array(z.string())
const column = z.object({
  name: z.string(),
  type: z.string().meta({ description: 'As PostgreSQL spells it.' }),
  notNull: z.boolean(),
  personal: z.boolean().meta({ description: 'It says something about a person.' }),
  default: z.string().nullable(),
  generated: z.string().nullable(),
  comment: z.string().nullable(),
})
const described = z.object({
  name: z.string(),
  kind: z.enum(['table', 'view', 'materialized view']),
  description: z.string().nullable(),
  owner: z.string().nullable(),
  tags: names,
  columns: z.array(column),
  key: names,
  references: z.array(z.object({ columns: names, table: z.string(), on: names })),
  checks: names.meta({ description: 'Rules that rows hold, a sentence each.' }),
  indexes: z.array(z.object({ unique: z.boolean(), what: z.string() })),
  order: z.string().nullable(),
  keep: z.string().nullable(),
  partitions: z.string().nullable().meta({ description: 'How it is stored: month of day.' }),
  grants: z.record(z.string(), names),
  filledBy: z
    .array(
      z.object({
        kind: z.string(),
        name: z.string(),
        file: z.string().nullable(),
        steps: z.array(z.object({ pipeline: z.string(), step: z.string() })),
      }),
    )
    .meta({ description: 'Loads, models and tasks that fill it.' }),
})
const object = z.object({
  kind: z.string(),
  name: z.string(),
  on: z.string().nullable().meta({ description: 'The table of a trigger, a policy, a rule or an index.' }),
  file: z.string(),
  line: z.number(),
  comment: z.string().nullable(),
})
export const warehouseDictionary: z.ZodType<WarehouseDictionary> = z
  .object({
    project: z.string(),
    tables: z.array(described),
    objects: z.array(object).meta({ description: 'What the files of schema/ make.' }),
  })
  .meta({ id: 'WarehouseDictionary' })
