import type { Duration } from '@sluice/core'
import { definitionErrors, durationMs, noRetry, type RetryOptions, type RetryPolicy, retryPolicy } from '@sluice/core'
import type { TriggerRule } from './trigger-rule.ts'

declare const outputType: unique symbol

/** One node of a pipeline: a task, sensor, model or load. A plain value; the graph is found by following its references. */
export interface Step<Output = unknown> {
  readonly kind: 'task' | 'sensor' | 'model' | 'load'
  /** Unique in its pipeline. */
  readonly name: string
  readonly group: Group | undefined
  /** Steps whose outputs this one takes, by the name it gives them. */
  readonly needs: Readonly<Record<string, Step>>
  /** Steps that must only have ended before. */
  readonly after: readonly Step[]
  readonly rule: TriggerRule
  readonly retry: RetryPolicy
  readonly timeoutMs: number | null
  readonly description: string | undefined
  readonly [outputType]?: Output
}

export type OutputOf<S> = S extends Step<infer Output> ? Output : never

export type Needs = Readonly<Record<string, Step>>

/** What `run` receives: outputs by name. Under a rule that runs without every upstream's success they may be missing. */
export type InputsOf<N extends Needs, Rule extends TriggerRule> = {
  readonly [K in keyof N]: Rule extends 'all_success' ? OutputOf<N[K]> : OutputOf<N[K]> | undefined
}

export interface StepOptions<N extends Needs, Rule extends TriggerRule> {
  readonly name: string
  /** The group shown around the step; it lends its retry and timeout where the step has none. */
  readonly in?: Group
  readonly needs?: N
  readonly after?: Readonly<Record<string, Step>> | readonly Step[]
  readonly rule?: Rule
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly description?: string
}

/** A named set of steps, for people; and defaults for those in it. A step says `in: group`, so it keeps its identity. */
export interface Group {
  readonly kind: 'group'
  readonly name: string
  readonly retry: RetryPolicy | undefined
  readonly timeoutMs: number | null
}

export const group = (name: string, defaults: { readonly retry?: RetryOptions; readonly timeout?: Duration } = {}): Group =>
  Object.freeze({
    kind: 'group',
    name: validName('group', name),
    retry: defaults.retry === undefined ? undefined : retryPolicy(defaults.retry),
    timeoutMs: defaults.timeout === undefined ? null : durationMs(defaults.timeout),
  })

/** The fields all kinds of steps share, resolved. */
export function stepFields<N extends Needs, Rule extends TriggerRule>(options: StepOptions<N, Rule>) {
  const after = options.after ?? []
  return {
    name: validName('step', options.name),
    group: options.in,
    needs: options.needs ?? {},
    after: Array.isArray(after) ? (after as readonly Step[]) : Object.values(after as Readonly<Record<string, Step>>),
    rule: options.rule ?? ('all_success' as const),
    retry: options.retry === undefined ? (options.in?.retry ?? noRetry) : retryPolicy(options.retry),
    timeoutMs: options.timeout === undefined ? (options.in?.timeoutMs ?? null) : durationMs(options.timeout),
    description: options.description,
  }
}

export function validName(what: string, name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(name)) {
    throw definitionErrors.invalid(`"${name}" is not a ${what} name`, {
      facts: { name },
      next: 'Use letters, digits, underscores, points and hyphens.',
    })
  }
  return name
}
