import type { Duration, RetryOptions } from '@sluice/core'
import { named } from '../base/names.ts'
import { optionNames } from '../base/shape.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import { checkedDefaults, type Group, type Pool } from './defaults.ts'
import { refuseOddStep } from './refuse-odd.ts'
import type { Step, StepKind } from './step.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** What any step may say of itself. */
export interface StepOptions {
  readonly name: string
  /** The group shown around the step; it lends its defaults where the step has none. */
  readonly in?: Group
  /** Steps that must have ended before, in pipelines that have them. For order of one pipeline alone: `order` of the pipeline. */
  readonly after?: readonly Step[]
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly pool?: Pool
  readonly description?: string
}

/** Options of every step. */
export const stepOptions = optionNames<StepOptions>({
  name: true,
  in: true,
  after: true,
  retry: true,
  timeout: true,
  pool: true,
  description: true,
})

interface Graph {
  readonly needs?: unknown
  readonly rule?: TriggerRule
  readonly reads?: readonly AnyDataset[]
  readonly fills?: readonly AnyDataset[]
}

/** The fields that all kinds of steps share. */
export function stepFields<K extends StepKind>(kind: K, options: StepOptions & Graph) {
  refuseOddStep(kind, options)
  return {
    kind,
    name: named(kind, options.name),
    group: options.in,
    needs: (options.needs ?? {}) as Readonly<Record<string, Step>>,
    after: options.after ?? [],
    reads: options.reads ?? [],
    fills: options.fills ?? [],
    rule: options.rule ?? 'all_success',
    defaults: checkedDefaults(options),
    description: options.description,
  } as const
}
