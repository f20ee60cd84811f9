import { requestErrors } from '@sluice/core'
import { lakeErrors } from '../errors.ts'

export interface Named {
  readonly project: string
  readonly dataset: string
  readonly layer: string
  readonly name: string
}

/** The project that needs no look at the lakes: the one that the name says, the one given, or the only one there is. */
export function projectSaid(
  { dataset, project }: { readonly dataset: string; readonly project?: string },
  projects: readonly string[],
): string | undefined {
  const [prefix, ...rest] = dataset.split(':')
  if (rest.length > 0) return prefix
  return project ?? (projects.length === 1 ? projects[0] : undefined)
}

/** The project whose lake a name means: the one that is said, or the only one that has such a dataset. */
export function projectOfDataset(
  target: { readonly dataset: string; readonly project?: string },
  known: readonly Named[],
  projects: readonly string[],
): string {
  const said = projectSaid(target, projects)
  if (said !== undefined) return said
  const holders = [...new Set(known.filter(({ layer, name }) => `${layer}.${name}` === target.dataset).map(({ project }) => project))]
  const [only] = holders
  if (only !== undefined && holders.length === 1) return only
  if (holders.length > 1) {
    throw requestErrors.invalid(`several projects have a dataset "${target.dataset}"`, {
      facts: { dataset: target.dataset, projects: holders },
      next: `Name one: ${holders.map((project) => `${project}:lake.${target.dataset}`).join(' or ')}.`,
    })
  }
  throw lakeErrors.dataset_unknown(`there is no dataset ${target.dataset} in the lake`, {
    facts: { dataset: target.dataset },
    next: '"sluice lake tables" lists the datasets. A dataset appears with its first batch.',
  })
}
