import type { DefinitionError } from '@sluice/author'
import { type PipelineSpec, type TaskSpec, triggerRules } from '@sluice/author'
import type { PipelineDetail, PipelineSummary } from '@sluice/engine'
import { z } from 'zod'
import { runSummary } from './runs.ts'
import { instant, jsonObject } from './values.ts'

const channel = z.object({ channel: z.enum(['email', 'slack', 'webhook']), to: z.string() })

const taskSpec: z.ZodType<TaskSpec> = z
  .object({
    name: z.string(),
    kind: z.enum(['task', 'sensor', 'model', 'load']),
    group: z.string().nullable(),
    upstream: z.array(z.string()),
    needs: z.record(z.string(), z.string()).meta({ description: 'Input name -> task that gives it.' }),
    rule: z.enum(triggerRules as ['all_success', ...TaskSpec['rule'][]]),
    retry: z.object({
      attempts: z.number().int(),
      delayMs: z.number(),
      backoff: z.enum(['constant', 'exponential']),
      maxDelayMs: z.number(),
    }),
    timeoutMs: z.number().nullable(),
    everyMs: z.number().nullable(),
    onTimeout: z.enum(['fail', 'skip']).nullable(),
    description: z.string().nullable(),
    writes: z.string().nullable().meta({ description: 'Short name of the dataset that a model or load writes.' }),
  })
  .meta({ id: 'Task' })

const spec = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    schedule: z.object({ cron: z.string(), timeZone: z.string().optional() }).nullable(),
    catchup: z.boolean(),
    maxActiveRuns: z.number().int(),
    tags: z.array(z.string()),
    params: jsonObject,
    notify: z.object({ failure: z.array(channel).optional(), success: z.array(channel).optional() }),
    tasks: z.array(taskSpec),
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
