import { z } from '@hono/zod-openapi'
import type { LakeChange, LakeTable, MigrateAnswer, Setting, SettingsApi, SqlResult } from '../services.ts'
import { instant, json, jsonObject } from './values.ts'

export const lakeTable: z.ZodType<LakeTable> = z
  .object({
    dataset: z.string(),
    project: z.string(),
    layer: z.string(),
    name: z.string(),
    format: z.enum(['snapshots', 'delta']),
    version: z.number().int().nullable(),
    files: z.number().int(),
    rows: z.number().nullable(),
    bytes: z.number(),
    updatedAt: instant.nullable(),
  })
  .openapi('LakeTable')

export const lakeChange: z.ZodType<LakeChange> = z
  .object({
    version: z.string(),
    at: instant,
    operation: z.string(),
    batch: z.string().nullable(),
    rows: z.number().nullable(),
    files: z.number().int(),
    bytes: z.number().nullable(),
  })
  .openapi('LakeChange')

export const sqlResult: z.ZodType<SqlResult> = z.object({ columns: z.array(z.string()), rows: z.array(jsonObject) }).openapi('SqlResult')

export const migrateAnswer: z.ZodType<MigrateAnswer> = z
  .object({
    project: z.string(),
    dryRun: z.boolean(),
    steps: z.array(z.object({ direction: z.enum(['up', 'down']), id: z.string() })),
  })
  .openapi('MigrateAnswer')

const settingFields = {
  key: z.string(),
  value: json,
  secret: z.boolean(),
  source: z.string(),
  place: z.string().nullable(),
}

export const setting: z.ZodType<Setting> = z.object(settingFields).openapi('Setting')

export const explainedSetting: z.ZodType<Awaited<ReturnType<SettingsApi['explain']>>> = z
  .object({ ...settingFields, shadowed: z.array(z.object({ source: z.string(), place: z.string().nullable() })) })
  .openapi('ExplainedSetting')
