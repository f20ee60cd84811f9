import type { Channel, DefinitionError, PipelineSpec, TaskSpec, TriggerRule } from '@sluice/author'
import type { PipelineDetail, PipelineSummary } from '@sluice/engine'
import { z } from 'zod'
import { runSummary, taskKind } from './runs.ts'
import { actor, instant, jsonObject, oneOf } from './values.ts'

const triggerRule = oneOf<TriggerRule>({
  all_success: 'all_success',
  all_done: 'all_done',
  one_failed: 'one_failed',
  none_failed: 'none_failed',
})

const channel = z.object({
  channel: oneOf<Channel['channel']>({
    email: 'email',
    slack: 'slack',
    teams: 'teams',
    webhook: 'webhook',
    pagerduty: 'pagerduty',
    opsgenie: 'opsgenie',
  }),
  to: z.string(),
})

const taskSpec: z.ZodType<TaskSpec> = z
  .object({
    name: z.string(),
    kind: taskKind,
    group: z.string().nullable(),
    upstream: z.array(z.string()),
    needs: z.record(z.string(), z.string()).meta({ description: 'Input name -> task that gives it.' }),
    rule: triggerRule,
    retry: z.object({
      attempts: z.number().int(),
      delayMs: z.number(),
      backoff: oneOf<TaskSpec['retry']['backoff']>({ constant: 'constant', exponential: 'exponential' }),
      maxDelayMs: z.number(),
      maxRetryAfterMs: z.number().exactOptional(),
    }),
    timeoutMs: z.number().nullable(),
    everyMs: z.number().nullable(),
    pollTimeoutMs: z.number().nullable(),
    onTimeout: oneOf<NonNullable<TaskSpec['onTimeout']>>({ fail: 'fail', skip: 'skip' }).nullable(),
    computes: z
      .boolean()
      .meta({ description: 'It uses the processor of its worker: it runs beside steps that wait, and beside none that computes.' }),
    description: z.string().nullable(),
    reads: z.array(z.string()).meta({ description: 'Ids of datasets, without the project.' }),
    fills: z.array(z.string()).meta({ description: 'Ids of datasets, without the project.' }),
    pool: z.object({ name: z.string(), slots: z.number().int() }).nullable(),
  })
  .meta({ id: 'Task' })

const edge = z.object({
  from: z.string(),
  to: z.string(),
  reason: z.discriminatedUnion('by', [
    z.object({ by: z.literal('needs'), input: z.string() }),
    z.object({ by: z.literal('data'), dataset: z.string() }),
    z.object({ by: z.literal('check'), dataset: z.string() }),
    z.object({ by: z.literal('after') }),
    z.object({ by: z.literal('order') }),
  ]),
})

const spec = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    schedule: z.object({ cron: z.string(), timeZone: z.string().optional() }).nullable(),
    catchup: z.boolean(),
    maxActiveRuns: z
      .object({ total: z.number().int().nullable(), scheduled: z.number().int(), manual: z.number().int(), backfill: z.number().int() })
      .meta({ description: 'Runs that may be under way at once, by class and in all.' }),
    tags: z.array(z.string()),
    params: jsonObject,
    notify: z.object({ failure: z.array(channel).optional(), success: z.array(channel).optional() }),
    tasks: z.array(taskSpec),
    edges: z.array(edge).meta({ description: 'Why tasks wait for each other; two of them may have several reasons.' }),
    external: z.array(z.string()).meta({ description: 'Ids of datasets that no task here fills: read as they stand.' }),
  })
  .meta({ id: 'PipelineSpec' }) as z.ZodType<PipelineSpec>

const summary = {
  project: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  paused: z.boolean(),
  schedule: z.string().nullable(),
  timeZone: z.string(),
  tags: z.array(z.string()),
  version: z.string(),
  nextTick: instant.nullable(),
  lastRun: runSummary.nullable(),
  changedBy: actor.nullable().meta({ description: 'Who last paused it, let it go on or rewound it.' }),
}

export const pipelineSummary: z.ZodType<PipelineSummary> = z.object(summary).meta({ id: 'Pipeline' })
export const pipelineDetail: z.ZodType<PipelineDetail> = z.object({ ...summary, spec }).meta({ id: 'PipelineDetail' })

export const definitionError: z.ZodType<DefinitionError> = z
  .object({
    project: z.string(),
    file: z.string(),
    line: z.number().int().nullable(),
    column: z.number().int().nullable(),
    message: z.string(),
    next: z.string().nullable(),
    frame: z.string().nullable(),
  })
  .meta({ id: 'DefinitionError' })
