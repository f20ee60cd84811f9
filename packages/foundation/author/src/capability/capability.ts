import type { DatasetRef, Json } from '@sluice/core'
import type { Step } from '../steps/step.ts'
import type { Attempt } from './attempt.ts'

/**
 * Something that the tasks of a project can do outside of themselves, such as `ctx.lake`. It belongs to the package that knows how: a
 * folder `capability/` with its types for authors (`define.ts`) and what opens it (`open.ts`). The platform has the list; the engine knows
 * no capability by name.
 *
 * One value serves one project in one process. Until a task uses it, it has opened nothing and loaded no module of weight.
 */
export interface Capability<Members extends object = object> {
  readonly name: string
  /**
   * Adds members to the context of an attempt. Asked before each call of user code, whether that uses them or not: it must cost nothing.
   */
  readonly context?: (attempt: Attempt) => Members
  /** The calls of its members that write, such as `lake.land`: a task does not end well while one is at work. */
  readonly writes?: readonly string[]
  /** Kinds of steps that it carries out. The answer is the step's output. */
  readonly steps?: Readonly<Partial<Record<Step['kind'], (attempt: Attempt) => Promise<Json | DatasetRef | undefined>>>>
  /** Closes what was opened. */
  readonly close?: () => Promise<void>
}
