import type { AskedBackup, BackupJob } from '@sluice/engine'
import { z } from 'zod'
import type { MadeBackup } from '../services.ts'
import { errorRecord } from './runs.ts'
import { actor, instant, json, oneOf, whole } from './values.ts'

export const backupJob: z.ZodType<BackupJob> = z
  .object({
    id: whole,
    kind: oneOf<AskedBackup['kind']>({ run: 'run', verify: 'verify' }),
    project: z.string().nullable().meta({ description: 'Whose warehouse; null: the whole platform.' }),
    backup: z.string().nullable().meta({ description: 'Of `verify`: which one; null: the newest.' }),
    keep: z.string().nullable(),
    run: z.string().nullable().meta({ description: 'Of the task that waits for it; null where a person asked.' }),
    task: z.string().nullable(),
    actor,
    askedAt: instant,
    beganAt: instant.nullable(),
    endedAt: instant.nullable(),
    result: json,
    error: errorRecord.nullable(),
  })
  .meta({ id: 'BackupJob' })

export const madeBackup: z.ZodType<MadeBackup> = z
  .object({
    id: z.string(),
    takenAt: instant,
    encrypted: z.boolean(),
    rows: whole,
    bytes: whole,
  })
  .meta({ id: 'Backup' })
