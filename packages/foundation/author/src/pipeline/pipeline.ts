import type { Json, Schedule } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { named } from '../base/names.ts'
import { aStep, optionNames, refuseOtherList } from '../base/shape.ts'
import { checkedDefaults, type Defaults } from '../steps/defaults.ts'
import type { Step } from '../steps/step.ts'
import { type ActiveRuns, activeRuns, type MaxActiveRuns } from './active-runs.ts'
import type { Notifications } from './channels.ts'
import { type Chain, type Chains, stagesOf } from './order.ts'
import { refuseOddPipeline } from './refuse-odd.ts'

/** A named set of steps with a schedule. */
export interface Pipeline {
  readonly kind: 'pipeline'
  readonly name: string
  readonly description: string | undefined
  /** `null`: runs only when triggered. */
  readonly schedule: Schedule | null
  /** Whether ticks missed while nothing ran, or before it was unpaused, are run one by one; otherwise only the latest. */
  readonly catchup: boolean
  readonly maxActiveRuns: ActiveRuns
  readonly tags: readonly string[]
  readonly params: Readonly<Record<string, Json>>
  readonly notify: Notifications
  readonly defaults: Defaults
  readonly steps: readonly Step[]
  /** Chains of stages of steps. */
  readonly order: readonly (readonly (readonly Step[])[])[]
}

/** A step, or lists of steps: those of one subject are kept together and listed by one name. */
export type Steps = Step | readonly Steps[]

/** A named set of steps with a schedule: the default export of a file in `pipelines/`. */
export function pipeline(definition: {
  readonly name: string
  readonly description?: string
  /** `cron('*\/30 * * * *')`. Without one it runs when triggered. */
  readonly schedule?: Schedule
  readonly catchup?: boolean
  /**
   * Runs that may be under way at once. Default: 1, one run at a time of whatever class. `{ scheduled: 1, backfill: 4 }` counts each class
   * for itself.
   */
  readonly maxActiveRuns?: MaxActiveRuns
  readonly tags?: readonly string[]
  readonly params?: Readonly<Record<string, Json>>
  readonly notify?: Notifications
  /** Under the group's and the step's own. */
  readonly defaults?: Defaults
  /** Its steps, in any order; lists may stand in lists. Steps whose output they take come by themselves. */
  readonly steps: readonly Steps[]
  /**
   * Order that neither data nor needs give, in this pipeline alone: `[[checkApi, checkDatabase], cleanUp, extract]`, or several `chains`.
   */
  readonly order?: Chain | Chains
}): Pipeline {
  refuseOddPipeline(definition, names)
  const { name } = definition
  const steps = (definition.steps as readonly unknown[]).flat(Number.POSITIVE_INFINITY) as readonly Step[]
  refuseOtherList(`pipeline ${name}`, 'steps', steps, aStep)
  if (steps.length === 0) throw refused(`pipeline ${name}`, 'it has no steps', 'List them under steps.')
  return frozen({
    kind: 'pipeline',
    name: named('pipeline', name),
    description: definition.description,
    schedule: definition.schedule ?? null,
    catchup: definition.catchup ?? false,
    maxActiveRuns: activeRuns(name, definition.maxActiveRuns),
    tags: definition.tags ?? [],
    params: definition.params ?? {},
    notify: definition.notify ?? {},
    defaults: checkedDefaults(definition.defaults ?? {}),
    steps,
    order: stagesOf(definition.order),
  })
}

const names = optionNames<Parameters<typeof pipeline>[0]>({
  name: true,
  description: true,
  schedule: true,
  catchup: true,
  maxActiveRuns: true,
  tags: true,
  params: true,
  notify: true,
  defaults: true,
  steps: true,
  order: true,
})
