import type { Json, Schedule } from '@sluice/core'
import { definitionErrors } from '@sluice/core'
import type { Notifications } from './notification.ts'
import { type Step, validName } from './step.ts'

/** A named set of steps with a schedule. Everything upstream of `steps` belongs to it. */
export interface Pipeline {
  readonly kind: 'pipeline'
  readonly name: string
  readonly description: string | undefined
  /** `null`: runs only when triggered. */
  readonly schedule: Schedule | null
  /** Whether ticks missed while nothing ran, or before it was unpaused, are run one by one; otherwise only the latest. */
  readonly catchup: boolean
  readonly maxActiveRuns: number
  readonly tags: readonly string[]
  readonly params: Readonly<Record<string, Json>>
  readonly notify: Notifications
  readonly steps: readonly Step[]
}

export function pipeline(definition: {
  readonly name: string
  readonly description?: string
  readonly schedule?: Schedule
  readonly catchup?: boolean
  readonly maxActiveRuns?: number
  readonly tags?: readonly string[]
  readonly params?: Readonly<Record<string, Json>>
  readonly notify?: Notifications
  /** The final steps; the others are found through their references. */
  readonly steps: readonly Step[]
}): Pipeline {
  if (definition.steps.length === 0) {
    throw definitionErrors.invalid(`pipeline ${definition.name} has no steps`, { next: 'List its final steps under steps.' })
  }
  const { maxActiveRuns = 1 } = definition
  if (!Number.isSafeInteger(maxActiveRuns) || maxActiveRuns < 1) {
    throw definitionErrors.invalid(`pipeline ${definition.name}: ${maxActiveRuns} is not a number of runs`, {
      next: 'Write a whole number from 1 for maxActiveRuns.',
    })
  }
  return Object.freeze({
    kind: 'pipeline',
    name: validName('pipeline', definition.name),
    description: definition.description,
    schedule: definition.schedule ?? null,
    catchup: definition.catchup ?? false,
    maxActiveRuns,
    tags: definition.tags ?? [],
    params: definition.params ?? {},
    notify: definition.notify ?? {},
    steps: definition.steps,
  })
}
