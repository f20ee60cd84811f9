import { type Duration, definitionErrors } from '@sluice/core'
import { optionNames, refuseOddOptions } from '../base/shape.ts'
import type { BudgetDefinition } from './budget.ts'
import type { ConnectionDefinition } from './connection.ts'
import type { EnvValue } from './env-value.ts'
import type { LakePolicy } from './lake-policy.ts'
import type { PlatformOptions } from './platform.ts'

/** A project's own configuration: the default export of its `sluice.config.ts`. */
export interface Project {
  readonly kind: 'project'
  readonly name: string
  readonly description: string | undefined
  /** IANA zone: the default of its crons and of business dates. */
  readonly timeZone: string
  /** BCP 47: of the messages that Sluice writes about its runs. There are words in English and French. */
  readonly language: string
  /** What its lake keeps, and when its tables are looked after. */
  readonly lake: LakePolicy
  /** Database of the warehouse on the platform's server. */
  readonly warehouse: { readonly database: string }
  readonly connections: Readonly<Record<string, ConnectionDefinition>>
  readonly variables: Readonly<Record<string, EnvValue>>
  readonly secrets: Readonly<Record<string, EnvValue>>
  /** Credits a month by name; a pipeline spends from at most one, since its receipts do not say from which. */
  readonly budgets: Readonly<Record<string, BudgetDefinition>>
  readonly demo: ProjectDemo
  /** Of the project at the root alone: what else a platform says in `platform(...)`. */
  readonly platform: PlatformOptions | undefined
}

/**
 * The past that the demo makes up before its first run, whole days and the one that has begun: simulated bodies are landed in bronze, then
 * an ordinary backfill and a run made by hand carry them on.
 */
export interface DemoHistory {
  readonly days: number
  readonly every: Duration
  /** The connection whose simulator makes the bodies: its module exports `pastBodies({ from, to, everyMs })`. */
  readonly connection: string
  /** Scheduled once a day; the one step of it that fills a dataset of bodies finds them landed. */
  readonly pipeline: string
}

/** What `sluice demo` does: which simulator stands in for which connection, what it runs, what it shows, which past it makes up. */
export interface ProjectDemo {
  readonly simulators: Readonly<Record<string, string>>
  readonly pipelines: readonly string[]
  /** A dataset of texts: what a run puts into it is shown at the end. */
  readonly report: `gold.${string}` | undefined
  readonly history: DemoHistory | undefined
}

/** A project: the default export of its `sluice.config.ts`. */
export function project(definition: {
  readonly name: string
  readonly description?: string
  readonly timeZone?: string
  readonly language?: string
  readonly lake?: LakePolicy
  readonly warehouse?: { readonly database: string }
  readonly connections?: Readonly<Record<string, ConnectionDefinition>>
  readonly variables?: Readonly<Record<string, EnvValue>>
  readonly secrets?: Readonly<Record<string, EnvValue>>
  readonly budgets?: Readonly<Record<string, BudgetDefinition>>
  readonly demo?: Partial<ProjectDemo>
  readonly platform?: PlatformOptions
}): Project {
  refuseOddOptions('project', definition, projectOptions)
  refuseOddOptions('project, demo', definition.demo ?? {}, demoOptions)
  if (typeof definition.name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(definition.name)) {
    throw definitionErrors.invalid(`"${definition.name}" is not a project name`, {
      next: 'Use lower-case letters, digits and hyphens, beginning with a letter.',
    })
  }
  checkBudgets(definition)
  return Object.freeze({
    kind: 'project',
    name: definition.name,
    description: definition.description,
    timeZone: definition.timeZone ?? 'UTC',
    language: definition.language ?? 'en',
    lake: definition.lake ?? {},
    warehouse: definition.warehouse ?? { database: definition.name.replaceAll('-', '_') },
    connections: definition.connections ?? {},
    variables: definition.variables ?? {},
    secrets: definition.secrets ?? {},
    budgets: definition.budgets ?? {},
    demo: {
      simulators: definition.demo?.simulators ?? {},
      pipelines: definition.demo?.pipelines ?? [],
      report: definition.demo?.report,
      history: definition.demo?.history,
    },
    platform: definition.platform,
  })
}

const projectOptions = optionNames<Parameters<typeof project>[0]>({
  name: true,
  description: true,
  timeZone: true,
  language: true,
  lake: true,
  warehouse: true,
  connections: true,
  variables: true,
  secrets: true,
  budgets: true,
  demo: true,
  platform: true,
})

const demoOptions = optionNames<ProjectDemo>({ simulators: true, pipelines: true, history: true, report: true })

function checkBudgets({ budgets = {}, connections = {} }: Parameters<typeof project>[0]): void {
  const spends = new Map<string, string>()
  for (const [name, { connection, uses }] of Object.entries(budgets)) {
    if (!(connection in connections)) {
      throw definitionErrors.invalid(`budget "${name}" is of a connection "${connection}" that is not declared`, {
        next: 'Name one of the connections of this project.',
      })
    }
    for (const { pipeline } of uses) {
      const other = spends.get(pipeline)
      if (other !== undefined) {
        throw definitionErrors.invalid(`${pipeline} spends from the budgets "${other}" and "${name}"`, {
          next: 'Split the pipeline: its receipts do not say from which budget their credits came.',
        })
      }
      spends.set(pipeline, name)
    }
  }
}
