import type { TaskSpec } from '@sluice/author'
import type { ErrorKind, ErrorRecord, RunKey } from '@sluice/core'
import type { AttemptSummary, LedgerEntry, RunDetail, RunState, RunSummary, TaskRunSummary, TaskState, TaskWait } from '@sluice/engine'
import { z } from 'zod'
import { actor, instant, json, jsonObject, oneOf } from './values.ts'

export const runState = oneOf<RunState>({
  queued: 'queued',
  running: 'running',
  success: 'success',
  failed: 'failed',
  cancelled: 'cancelled',
})

const taskState = oneOf<TaskState>({
  waiting: 'waiting',
  queued: 'queued',
  running: 'running',
  success: 'success',
  failed: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstream_failed',
  cancelled: 'cancelled',
})

export const taskKind = oneOf<TaskSpec['kind']>({
  task: 'task',
  sensor: 'sensor',
  pull: 'pull',
  model: 'model',
  load: 'load',
  check: 'check',
  quality: 'quality',
  retain: 'retain',
  backup: 'backup',
})

export const errorKind = oneOf<ErrorKind>({ retryable: 'retryable', permanent: 'permanent', bug: 'bug' })

export const errorRecord = z
  .object({
    code: z.string().meta({ description: 'docs/errors.md lists them.', example: 'source.timeout' }),
    kind: errorKind,
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
  trigger: oneOf<RunSummary['trigger']>({ scheduled: 'scheduled', manual: 'manual', backfill: 'backfill' }),
  state: runState,
  version: z.string(),
  logicalTime: instant,
  interval: z.object({ start: instant, end: instant }),
  params: jsonObject,
  actor,
  changedBy: actor.nullable().meta({ description: 'Who last cancelled it, cleared or marked a task of it or had it processed again.' }),
  createdAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  tasks: z.record(z.string(), z.number().int()).meta({ description: 'How many task runs are in each state.' }) as z.ZodType<
    RunSummary['tasks']
  >,
}

export const runSummary: z.ZodType<RunSummary> = z.object(summary).meta({ id: 'Run' })

const taskWait: z.ZodType<TaskWait> = z
  .discriminatedUnion('for', [
    z.object({ for: z.literal('pipeline') }).meta({ description: 'Its pipeline is paused.' }),
    z.object({ for: z.literal('backfill') }).meta({ description: 'The backfill of its run is paused.' }),
    z.object({ for: z.literal('room'), active: z.number().int() }).meta({ description: 'So many runs of its pipeline are under way.' }),
    z.object({ for: z.literal('tasks') }).meta({ description: 'Tasks above it have not ended.' }),
    z.object({ for: z.literal('time'), until: instant }),
    z.object({ for: z.literal('pool'), pool: z.string(), slots: z.number().int(), running: z.number().int() }),
    z.object({ for: z.literal('worker'), workers: z.number().int() }).meta({ description: 'So many worker processes are alive.' }),
  ])
  .meta({ id: 'TaskWait' })

export const taskRun: z.ZodType<TaskRunSummary> = z
  .object({
    task: z.string(),
    mapIndex: z.number().int().nullable().meta({ description: 'Which task run of a mapped task.' }),
    kind: taskKind,
    group: z.string().nullable(),
    state: taskState,
    attempt: z.number().int(),
    generation: z.number().int(),
    queuedAt: instant.nullable(),
    runAt: instant.nullable().meta({ description: 'Of a queued task: it does not start before.' }),
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    error: errorRecord.nullable(),
    reason: z.string().nullable(),
    output: json.nullable(),
    upstream: z.array(z.string()),
    waitsFor: taskWait.nullable().meta({ description: 'What keeps it from running; null once it runs or has ended.' }),
  })
  .meta({ id: 'TaskRun' })

export const runDetail: z.ZodType<RunDetail> = z
  .object({
    ...summary,
    taskRuns: z.array(taskRun),
    nextTasks: z.string().nullable().meta({ description: 'Cursor of the next page of task runs.' }),
  })
  .meta({ id: 'RunDetail' })

export const attempt: z.ZodType<AttemptSummary> = z
  .object({
    mapIndex: z.number().int().nullable(),
    attempt: z.number().int(),
    worker: z.string(),
    startedAt: instant,
    endedAt: instant.nullable(),
    state: oneOf<AttemptSummary['state']>({
      running: 'running',
      success: 'success',
      failed: 'failed',
      skipped: 'skipped',
      rescheduled: 'rescheduled',
      lost: 'lost',
      cancelled: 'cancelled',
    }),
    error: errorRecord.nullable(),
    reason: z.string().nullable(),
    log: z
      .string()
      .meta({ description: 'What its code logged, relative to the state directory. There is no file where it logged nothing.' }),
  })
  .meta({ id: 'Attempt' })

const fileFact = z
  .object({
    source: z.string().meta({ description: 'The name of the source, in its project.' }),
    path: z.string().meta({ description: 'Below the folder of the source.', example: '2026/orders.csv' }),
    bytes: z.number(),
    modified: instant,
    hash: z.string().meta({ description: 'SHA-256 of its bytes, hexadecimal.' }),
    mark: z.string().optional().meta({ description: 'What tells one content from another of the same size and time.' }),
    first: z.string().optional().meta({ description: 'The path under which its batch began, of a file that was moved since.' }),
    moved: z
      .object({ from: z.string(), rowsIn: z.number(), rowsWritten: z.number(), rowsQuarantined: z.number() })
      .optional()
      .meta({ description: 'The entry tells of a move alone: the path until then, and what the batch holds.' }),
    declared: z.string().optional().meta({ description: 'By what its columns were read, in short.' }),
    cleared: z.number().int().optional().meta({ description: 'How often the task had been cleared in its run when it read the file.' }),
    found: jsonObject.optional().meta({ description: 'How it is written.' }),
    drift: z.array(json).optional().meta({ description: 'Events of its columns.' }),
  })
  .meta({ id: 'FileFact', description: 'The file that a batch holds: what it was when it was read, and what was found in it.' })

const sliceFact = z
  .object({
    source: z.string().meta({ description: 'The name of the source, in its project.' }),
    since: z.string().nullable().meta({ description: 'Of an incremental pull: the value from which on rows were asked for.' }),
    greatest: z.string().nullable().meta({ description: 'Of an incremental pull: the greatest value seen so far.' }),
    drift: z.array(json).optional().meta({ description: 'Events of its columns.' }),
    filledBy: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Column of the dataset -> what the database knows the one by that filled it, whatever its name.' }),
  })
  .meta({ id: 'SliceFact', description: 'The slice of a database that a batch holds: which rows were asked for, and how far they went.' })

const answersFact = z
  .object({
    source: z.string().meta({ description: 'The name of the source, in its project.' }),
    requests: z.number().int(),
    rows: z.number().int().optional().meta({ description: 'Rows of the answers, where the source says where they are.' }),
    since: z.string().optional().meta({ description: 'The span that was asked for, as it stood in the request.' }),
    until: z.string().optional(),
    greatest: z.string().optional().meta({ description: 'The greatest value of the field that the source goes by, seen so far.' }),
    request: z.string().optional(),
    etag: z.string().optional(),
    lastModified: z.string().optional(),
    ids: z
      .object({
        asked: z.number().int(),
        fetched: z.number().int(),
        missing: z.array(z.string()),
        missingCount: z.number().int(),
        failed: z.array(z.object({ id: z.string(), why: z.string() })),
        failedCount: z.number().int(),
      })
      .optional()
      .meta({ description: 'Each id that was asked for was fetched, is missing from the answers, or failed. The first 1,000 are named.' }),
  })
  .meta({ id: 'AnswersFact', description: 'What an API was asked for by a landing, and how far it went.' })

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
    status: oneOf<LedgerEntry['status']>({ written: 'written', skipped: 'skipped', failed: 'failed' }),
    reason: z.string().nullable(),
    version: z.string(),
    inputs: z.array(z.object({ dataset: z.string(), batch: z.string(), version: z.string() })),
    rowsIn: z.number(),
    rowsWritten: z.number(),
    rowsQuarantined: z.number(),
    brokenRules: z.record(z.string(), z.number()).optional(),
    adjusted: z.record(z.string(), z.number()).optional(),
    bytes: z.number(),
    credits: z.number(),
    writtenAt: instant,
    file: fileFact.optional(),
    slice: sliceFact.optional(),
    answers: answersFact.optional(),
    replayed: z.boolean(),
  })
  .meta({ id: 'LedgerEntry' })
