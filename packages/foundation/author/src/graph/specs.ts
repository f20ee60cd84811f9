import { durationMs, type Json, noRetry, type RetryPolicy, retryPolicy, type Schedule, unreachable } from '@sluice/core'
import type { ActiveRuns } from '../pipeline/active-runs.ts'
import type { Notifications } from '../pipeline/channels.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Sql } from '../sql/parts.ts'
import type { Backup } from '../steps/backup.ts'
import type { Pool } from '../steps/defaults.ts'
import type { Sensor, Task } from '../steps/functions.ts'
import type { Hooks, Model } from '../steps/model.ts'
import type { Refresh } from '../steps/refresh.ts'
import type { Step, StepKind } from '../steps/step.ts'
import type { TriggerRule } from '../steps/trigger-rule.ts'
import type { Edge } from './reasons.ts'

/** One step as the engine stores it. JSON. */
export interface TaskSpec {
  readonly name: string
  readonly kind: StepKind
  readonly group: string | null
  /** Names of the tasks directly above, sorted. */
  readonly upstream: readonly string[]
  /** Input name -> task that gives it. */
  readonly needs: Readonly<Record<string, string>>
  /** Ids of datasets, without the project. */
  readonly reads: readonly string[]
  readonly fills: readonly string[]
  readonly rule: TriggerRule
  readonly retry: RetryPolicy
  readonly timeoutMs: number | null
  readonly pool: { readonly name: string; readonly slots: number } | null
  /** Sensors only: wait between polls. */
  readonly everyMs: number | null
  /** Sensors only: how long one poll may take. */
  readonly pollTimeoutMs: number | null
  readonly onTimeout: 'fail' | 'skip' | null
  /** It uses the processor of its worker: it runs beside none that computes. A task that does is isolated, and runs beside none at all. */
  readonly computes: boolean
  readonly description: string | null
  /** Of a backup alone: what it saves and what it keeps. The process that makes it reads that here. */
  readonly backup?: { readonly of: Backup['of']; readonly keep: string | null }
}

/** A pipeline as the engine stores it with each version. JSON; `tasks` in topological order. */
export interface PipelineSpec {
  readonly name: string
  readonly description: string | null
  readonly schedule: Schedule | null
  readonly catchup: boolean
  readonly maxActiveRuns: ActiveRuns
  readonly tags: readonly string[]
  readonly params: Readonly<Record<string, Json>>
  readonly notify: Notifications
  readonly tasks: readonly TaskSpec[]
  /** Why tasks wait for each other; two of them may have several reasons. */
  readonly edges: readonly Edge[]
  /** Ids of datasets that no step here writes rows of: read as they stand. */
  readonly external: readonly string[]
}

/**
 * The step's own defaults, then the group's, then the pipeline's.
 * @param above the edges that lead to the step
 */
export function taskSpec(step: Step, pipeline: Pipeline, above: readonly Edge[]): TaskSpec {
  const { retry, timeout, pool } = { ...pipeline.defaults, ...step.group?.defaults, ...step.defaults }
  const sensor = step.kind === 'sensor' ? (step as Sensor<unknown, unknown>) : undefined
  return {
    name: step.name,
    kind: step.kind,
    group: step.group?.name ?? null,
    upstream: [...new Set(above.map(({ from }) => from))].sort(),
    needs: Object.fromEntries(Object.entries(step.needs).map(([input, { name }]) => [input, name])),
    reads: step.reads.map(({ id }) => id),
    fills: step.fills.map(({ id }) => id),
    rule: step.rule,
    retry: retry === undefined ? noRetry : retryPolicy(retry),
    timeoutMs: timeout === undefined ? null : durationMs(timeout),
    pool: pool === undefined ? null : poolSpec(pool),
    everyMs: sensor?.everyMs ?? null,
    pollTimeoutMs: sensor?.pollTimeoutMs ?? null,
    onTimeout: sensor?.onTimeout ?? null,
    computes: computes(step),
    description: step.description ?? null,
    ...(step.kind === 'backup' ? { backup: backupSpec(step as Backup) } : {}),
  }
}

function computes(step: Step): boolean {
  switch (step.kind) {
    case 'task':
      return (step as Task<unknown, unknown>).isolated
    case 'sensor':
    // Another process makes it: the step waits.
    case 'backup':
      return false
    // Files and rows of a database are read and judged here; who asks an API waits.
    case 'pull':
    case 'model':
    case 'load':
    case 'check':
    case 'quality':
    case 'retain':
      return true
    default:
      return unreachable(step.kind)
  }
}

const backupSpec = ({ of, keep }: Backup) => ({ of, keep: keep ?? null })

const poolSpec = ({ name, slots }: Pool): TaskSpec['pool'] => ({ name, slots })

/** The query of a model, for those who examine it without running it. JSON. */
export interface ModelSpec {
  readonly name: string
  /** Ids of datasets, without the project. */
  readonly into: string
  readonly reads: readonly string[]
  readonly refresh: Refresh
  readonly reveals: readonly string[]
  readonly sql: Sql
  readonly hooks: Required<Hooks>
}

export const modelSpec = ({ name, into, reads, refresh, reveals, sql, hooks }: Model): ModelSpec => ({
  name,
  into: into.id,
  reads: reads.map(({ id }) => id),
  refresh,
  reveals,
  sql,
  hooks,
})
