import type { Json, RetryPolicy, Schedule } from '@sluice/core'
import { definitionErrors } from '@sluice/core'
import type { Notifications } from './notification.ts'
import type { Pipeline } from './pipeline.ts'
import type { Step } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** One node as the engine stores it. JSON. */
export interface TaskSpec {
  readonly name: string
  readonly kind: Step['kind']
  readonly group: string | null
  /** Names of the tasks directly above, sorted. */
  readonly upstream: readonly string[]
  /** Input name -> task that gives it. */
  readonly needs: Readonly<Record<string, string>>
  readonly rule: TriggerRule
  readonly retry: RetryPolicy
  readonly timeoutMs: number | null
  /** Sensors only: wait between polls. */
  readonly everyMs: number | null
  readonly onTimeout: 'fail' | 'skip' | null
  readonly description: string | null
  /** Models and loads: short name of the dataset written. */
  readonly writes: string | null
}

/** A pipeline as the engine stores it with each version. JSON; `tasks` in topological order. */
export interface PipelineSpec {
  readonly name: string
  readonly description: string | null
  readonly schedule: Schedule | null
  readonly catchup: boolean
  readonly maxActiveRuns: number
  readonly tags: readonly string[]
  readonly params: Readonly<Record<string, Json>>
  readonly notify: Notifications
  readonly tasks: readonly TaskSpec[]
}

export interface PipelineGraph {
  readonly spec: PipelineSpec
  readonly steps: ReadonlyMap<string, Step>
}

/**
 * Finds every step from the final ones. Since a step can only name values that exist before it, a cycle cannot be written.
 * @throws `definition.invalid` when two different steps have one name.
 */
export function graphOf(pipeline: Pipeline): PipelineGraph {
  const named = new Map<string, Step>()
  const steps = new Map<string, Step>()
  const visit = (step: Step): void => {
    const known = named.get(step.name)
    if (known === step) return
    if (known !== undefined) {
      throw definitionErrors.invalid(`pipeline ${pipeline.name}: two steps are named "${step.name}"`, {
        facts: { pipeline: pipeline.name, step: step.name },
        next: 'Give each step of a pipeline its own name.',
      })
    }
    // Taken on the way up, so that a step is also refused the name of one above it; placed on the way down, after those above it.
    named.set(step.name, step)
    for (const upstream of upstreamOf(step)) visit(upstream)
    steps.set(step.name, step)
  }
  for (const step of pipeline.steps) visit(step)
  return {
    steps,
    spec: {
      name: pipeline.name,
      description: pipeline.description ?? null,
      schedule: pipeline.schedule,
      catchup: pipeline.catchup,
      maxActiveRuns: pipeline.maxActiveRuns,
      tags: pipeline.tags,
      params: pipeline.params,
      notify: pipeline.notify,
      tasks: [...steps.values()].map(specOf),
    },
  }
}

const upstreamOf = (step: Step): readonly Step[] => [...Object.values(step.needs), ...step.after]

function specOf(step: Step): TaskSpec {
  const sensor = step.kind === 'sensor' ? (step as Step & { everyMs: number; onTimeout: 'fail' | 'skip' }) : undefined
  const into = step.kind === 'load' ? (step as Step & { into: { name: string } }).into.name : undefined
  return {
    name: step.name,
    kind: step.kind,
    group: step.group?.name ?? null,
    upstream: [...new Set(upstreamOf(step).map((upstream) => upstream.name))].sort(),
    needs: Object.fromEntries(Object.entries(step.needs).map(([input, upstream]) => [input, upstream.name])),
    rule: step.rule,
    retry: step.retry,
    timeoutMs: step.timeoutMs,
    everyMs: sensor?.everyMs ?? null,
    onTimeout: sensor?.onTimeout ?? null,
    description: step.description ?? null,
    writes: step.kind === 'model' ? step.name : (into ?? null),
  }
}
