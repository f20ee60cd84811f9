import { z } from '@hono/zod-openapi'
import type { GoldRestored, GoldVerdict, LakeVersion, Retained } from '@sluice/lake'
import type { SqlResult } from '@sluice/warehouse'
import type {
  ExplainedSetting,
  LakeTableRow,
  MigrateAnswer,
  NamedQuery,
  OptimizeAnswer,
  RestoreAnswer,
  SettingRow,
  VacuumAnswer,
} from '../services.ts'
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

const whole = z.number().int()

export const optimizeAnswer: z.ZodType<OptimizeAnswer> = z
  .object({
    version: whole,
    filesRemoved: whole,
    filesAdded: whole,
    bytesRemoved: whole,
    bytesAdded: whole,
    partitions: whole,
    skipped: whole,
  })
  .openapi('OptimizeAnswer')

export const vacuumAnswer: z.ZodType<VacuumAnswer> = z
  .object({
    version: whole,
    deleted: z.array(z.string()).openapi({ description: 'Paths in the folder of the table.' }),
    bytes: whole,
    dryRun: z.boolean(),
    retentionHours: z.number(),
  })
  .openapi('VacuumAnswer')

export const restoreAnswer: z.ZodType<RestoreAnswer> = z
  .object({
    version: whole.openapi({ description: 'The new version, which is like the older one.' }),
    restoredFiles: whole,
    restoredBytes: whole,
    removedFiles: whole,
    removedBytes: whole,
    files: whole,
    bytes: whole,
  })
  .openapi('RestoreAnswer')

export const retained: z.ZodType<Retained> = z
  .object({
    dryRun: z.boolean(),
    rows: whole.openapi({ description: 'That left tables of silver.' }),
    bytes: whole,
    needed: z.array(z.string()).openapi({ description: 'Old enough, but nothing was made of them yet.' }),
    steps: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('bronze'), name: z.string(), path: z.string(), bytes: whole }),
        z.object({ kind: z.literal('rows'), name: z.string(), column: z.string(), before: instant }),
        z.object({ kind: z.literal('export'), name: z.string(), version: z.string(), bytes: whole }),
      ]),
    ),
  })
  .openapi('Retained')

export const exported = z
  .object({ dataset: z.string(), version: z.string(), rows: whole, bytes: whole, batch: z.string(), writtenAt: instant })
  .openapi('Exported')

export const goldVerdict: z.ZodType<GoldVerdict> = z
  .object({
    version: z.string(),
    rows: z.number().nullable(),
    bytes: z.number().nullable(),
    problems: z.array(z.string()),
    expired: z.boolean().openapi({ description: 'Retention took its files.' }),
  })
  .openapi('GoldVerdict')

export const goldRestored: z.ZodType<GoldRestored> = z
  .object({ dataset: z.string(), version: z.string(), rows: whole, from: z.string() })
  .openapi('GoldRestored')

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
