import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { Defaults, Group } from './defaults.ts'
import type { TriggerRule } from './trigger-rule.ts'

declare const output: unique symbol

export type StepKind = 'task' | 'sensor' | 'pull' | 'model' | 'load' | 'check' | 'quality' | 'retain' | 'backup'

/** One node of a pipeline: a plain value. What it reads and fills gives its place; the same step may stand in several pipelines. */
export interface Step<Output = unknown> {
  readonly kind: StepKind
  /** Unique in its pipeline. */
  readonly name: string
  readonly group: Group | undefined
  /** Steps whose output it takes, by input name. They come into the pipeline by themselves. */
  readonly needs: Readonly<Record<string, Step>>
  /** Steps that must have ended before, in pipelines that have them. */
  readonly after: readonly Step[]
  readonly reads: readonly AnyDataset[]
  readonly fills: readonly AnyDataset[]
  readonly rule: TriggerRule
  /** Its own; the group's and the pipeline's stand under them. */
  readonly defaults: Defaults
  readonly description: string | undefined
  readonly [output]?: Output
}

export type OutputOf<S> = S extends Step<infer O> ? O : never
