import type { ErrorRecord, RunKey } from '@sluice/core'
import type { AttemptSummary, LedgerEntry, RunDetail, RunState, RunSummary, TaskRunSummary, TaskState } from '@sluice/engine'
import { z } from 'zod'
import { instant, json, jsonObject } from './values.ts'

export const runState: z.ZodType<RunState, RunState> = z.enum(['queued', 'running', 'success', 'failed', 'cancelled'])

export const taskState: z.ZodType<TaskState> = z.enum([
  'waiting',
  'queued',
  'running',
  'success',
  'failed',
  'skipped',
  'upstream_failed',
  'cancelled',
])

export const errorRecord = z
  .object({
    code: z.string().meta({ description: 'docs/errors.md lists them.', example: 'source.timeout' }),
    kind: z.enum(['retryable', 'permanent', 'bug']),
    message: z.string(),
    next: z.string().optional(),
    stack: z.string().optional(),
    facts: z.record(z.string(), z.unknown()).optional(),
    retryAfterMs: z.number().optional(),
  })
  .meta({ id: 'Error' }) as z.ZodType<ErrorRecord>

const summary = {
  id: z.string(),
  project: z.string(),
  pipeline: z.string(),
  key: z.string().meta({ example: 'scheduled:1795228200000' }) as unknown as z.ZodType<RunKey>,
  trigger: z.enum(['scheduled', 'manual', 'backfill']),
  state: runState,
  version: z.string(),
  logicalTime: instant,
  interval: z.object({ start: instant, end: instant }),
  params: jsonObject,
  createdAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  tasks: z.record(z.string(), z.number().int()).meta({ description: 'How many task runs are in each state.' }) as z.ZodType<
    RunSummary['tasks']
  >,
}

export const runSummary: z.ZodType<RunSummary> = z.object(summary).meta({ id: 'Run' })

export const taskRun: z.ZodType<TaskRunSummary> = z
  .object({
    task: z.string(),
    kind: z.enum(['task', 'sensor', 'model', 'load']),
    group: z.string().nullable(),
    state: taskState,
    attempt: z.number().int(),
    generation: z.number().int(),
    queuedAt: instant.nullable(),
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    error: errorRecord.nullable(),
    reason: z.string().nullable(),
    output: json.nullable(),
    upstream: z.array(z.string()),
  })
  .meta({ id: 'TaskRun' })

export const runDetail: z.ZodType<RunDetail> = z.object({ ...summary, taskRuns: z.array(taskRun) }).meta({ id: 'RunDetail' })

export const attempt: z.ZodType<AttemptSummary> = z
  .object({
    attempt: z.number().int(),
    worker: z.string(),
    startedAt: instant,
    endedAt: instant.nullable(),
    state: z.enum(['running', 'success', 'failed', 'skipped', 'rescheduled', 'lost', 'cancelled']),
    error: errorRecord.nullable(),
    log: z.string().meta({ description: 'Relative to the state directory.' }),
  })
  .meta({ id: 'Attempt' })

export const ledgerEntry: z.ZodType<LedgerEntry> = z
  .object({
    id: z.string(),
    project: z.string(),
    pipeline: z.string(),
    run: z.string(),
    task: z.string(),
    attempt: z.number().int(),
    recordedAt: instant,
    dataset: z.string(),
    batch: z.string(),
    generation: z.number().int(),
    status: z.enum(['written', 'skipped', 'failed']),
    reason: z.string().nullable(),
    version: z.string(),
    inputs: z.array(z.object({ dataset: z.string(), batch: z.string(), version: z.string() })),
    rowsIn: z.number(),
    rowsWritten: z.number(),
    rowsQuarantined: z.number(),
    bytes: z.number(),
    credits: z.number(),
    writtenAt: instant,
    replayed: z.boolean(),
  })
  .meta({ id: 'LedgerEntry' })

export const ledgerRebuilt = z
  .object({
    receipts: z.number().int().meta({ description: 'In the sinks.' }),
    added: z.number().int(),
    foreign: z.number().int().meta({ description: 'Of runs that this metadata database does not know.' }),
    runs: z.number().int().meta({ description: 'Copied to the warehouses before; whoever executes copies them again.' }),
  })
  .meta({ id: 'LedgerRebuilt' })
