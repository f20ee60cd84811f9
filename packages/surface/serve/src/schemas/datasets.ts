import type { Freshness } from '@sluice/author'
import { z } from 'zod'
import type { DatasetColumn, DatasetDetail, DatasetStep, DatasetSummary } from '../services.ts'
import { taskKind } from './runs.ts'
import { instant, oneOf, whole } from './values.ts'

const freshness: z.ZodType<Freshness> = z
  .object({
    state: oneOf<Freshness['state']>({
      fresh: 'fresh',
      late: 'late',
      never_written: 'never_written',
      no_expectation: 'no_expectation',
    }).meta({ description: 'Of the newest batch against `fresh`; `no_expectation` where the dataset declares none.' }),
    dueAt: instant.nullable().meta({ description: 'From then on it is late, unless a newer batch comes.' }),
    lateMs: z.number().nullable(),
  })
  .meta({ id: 'Freshness' })

const column: z.ZodType<DatasetColumn> = z
  .object({
    name: z.string(),
    type: z.string().meta({ example: 'decimal(38, 18)' }),
    notNull: z.boolean(),
    personal: z.boolean().meta({ description: 'It says something about a person.' }),
    filled: z.boolean().meta({ description: 'The database fills it when a load leaves it out.' }),
    oneOf: z.array(z.string()).nullable(),
    comment: z.string().nullable(),
  })
  .meta({ id: 'DatasetColumn' })

const step: z.ZodType<DatasetStep> = z.object({ pipeline: z.string(), step: z.string(), kind: taskKind }).meta({ id: 'DatasetStep' })

const summary = {
  dataset: z.string().meta({ description: 'Full id.', example: 'crypto-coincap:lake.silver.assets' }),
  project: z.string(),
  store: oneOf<DatasetSummary['store']>({ lake: 'lake', warehouse: 'warehouse' }),
  name: z.string().meta({ example: 'silver.assets' }),
  description: z.string().nullable(),
  owner: z.string().nullable(),
  tags: z.array(z.string()),
  keep: z.string().nullable().meta({ description: 'How long rows or bodies stay.', example: '90d' }),
  fresh: z.string().nullable().meta({ description: 'How old its newest batch may be.', example: '45m' }),
  freshness,
  newestBatch: z
    .object({
      batch: z.string(),
      generation: whole,
      writtenAt: instant,
      rowsWritten: z.number(),
      rowsQuarantined: z.number(),
      pipeline: z.string(),
      task: z.string(),
      run: z.string(),
    })
    .nullable(),
}

export const datasetSummary: z.ZodType<DatasetSummary> = z.object(summary).meta({ id: 'Dataset' })

export const datasetDetail: z.ZodType<DatasetDetail> = z
  .object({
    ...summary,
    holds: z.string().meta({ description: 'rows, bodies (raw or json), or files of a format or media type' }),
    columns: z.array(column),
    key: z.array(z.string()),
    order: z.string().nullable().meta({ description: 'The column that says which rows are newest.' }),
    checks: z.array(z.object({ id: z.string(), message: z.string() })).meta({ description: 'Rules of its rows.' }),
    references: z.array(z.object({ columns: z.array(z.string()), to: z.string(), on: z.array(z.string()) })),
    filledBy: z.array(step),
    readBy: z.array(step),
  })
  .meta({ id: 'DatasetDetail' })
