import { z } from '@hono/zod-openapi'
import type { LakeVersion } from '@sluice/lake'
import type { SqlResult } from '@sluice/warehouse'
import type { ExplainedSetting, LakeTableRow, MigrateAnswer, NamedQuery, SettingRow } from '../services.ts'
import { instant, json } from './values.ts'

export const lakeTable: z.ZodType<LakeTableRow> = z
  .object({
    dataset: z.string(),
    project: z.string(),
    layer: z.enum(['bronze', 'silver', 'gold']),
    name: z.string(),
    kind: z.enum(['bronze', 'table', 'quarantine', 'export']),
    rows: z.number().nullable(),
    files: z.number().int(),
    bytes: z.number(),
    version: z.string().openapi({ description: 'Bronze: name of the newest file. Tables: Delta version.' }),
    writtenAt: instant,
  })
  .openapi('LakeTable')

export const lakeVersion: z.ZodType<LakeVersion> = z
  .object({
    version: z.string(),
    writtenAt: instant,
    operation: z.string(),
    batch: z.string().nullable(),
    generation: z.number().int().nullable(),
    rowsWritten: z.number().nullable(),
    rowsQuarantined: z.number().nullable(),
    bytes: z.number().nullable(),
  })
  .openapi('LakeVersion')

export const sqlResult: z.ZodType<SqlResult> = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(json)).openapi({ description: 'Cells in the order of the columns. Decimals and integers past 2^53 are text.' }),
    truncated: z.boolean(),
  })
  .openapi('SqlResult')

export const namedQuery: z.ZodType<NamedQuery> = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    params: z.array(z.string()).openapi({ description: 'Its ":name" placeholders.' }),
    sql: z.string(),
  })
  .openapi('NamedQuery')

export const migrateAnswer: z.ZodType<MigrateAnswer> = z
  .object({
    project: z.string(),
    dryRun: z.boolean(),
    steps: z.array(z.object({ direction: z.enum(['up', 'down']), id: z.string() })),
  })
  .openapi('MigrateAnswer')

const place = { source: z.string(), where: z.string() }
const scalar = z.union([z.string(), z.number()]).nullable()
const fields = {
  key: z.string(),
  env: z.string(),
  secret: z.boolean(),
  value: scalar,
  source: place.source.nullable(),
  where: place.where.nullable(),
}

export const setting: z.ZodType<SettingRow> = z.object(fields).openapi('Setting')

export const explainedSetting: z.ZodType<ExplainedSetting> = z
  .object({ ...fields, candidates: z.array(z.object({ ...place, value: scalar, wins: z.boolean() })) })
  .openapi('ExplainedSetting')
