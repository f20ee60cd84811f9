import { z } from 'zod'
import type { ExplainedSetting, SettingRow } from '../services.ts'

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

export const setting: z.ZodType<SettingRow> = z.object(fields).meta({ id: 'Setting' })

export const explainedSetting: z.ZodType<ExplainedSetting> = z
  .object({ ...fields, candidates: z.array(z.object({ ...place, value: scalar, wins: z.boolean() })) })
  .meta({ id: 'ExplainedSetting' })
