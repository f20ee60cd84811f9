import { requestErrors } from '@sluice/core'
import { lakeErrors } from '@sluice/lake'

export interface Named {
  readonly project: string
  readonly dataset: string
  readonly layer: string
  readonly name: string
}

/** The project whose lake a name means: the one it says, the one given, the only one there is, or the only one that has such a dataset. */
export function projectOfDataset(
  target: { readonly dataset: string; readonly project?: string },
  known: readonly Named[],
  projects: readonly string[],
): string {
  const [prefix, ...rest] = target.dataset.split(':')
  if (rest.length > 0 && prefix !== undefined) return prefix
  if (target.project !== undefined) return target.project
  const holders = [...new Set(known.filter(({ layer, name }) => `${layer}.${name}` === target.dataset).map(({ project }) => project))]
  const [only = projects[0]] = holders
  if (only !== undefined && (holders.length === 1 || projects.length === 1)) return only
  if (holders.length > 1) {
    throw requestErrors.invalid(`"${target.dataset}" is in several projects`, {
      facts: { dataset: target.dataset, projects: holders },
      next: `Say which: ${holders.map((project) => `${project}:lake.${target.dataset}`).join(' or ')}.`,
    })
  }
  throw lakeErrors.dataset_unknown(`there is no dataset ${target.dataset} in the lake`, {
    facts: { dataset: target.dataset },
    next: 'List what there is with: sluice lake tables. A dataset appears with its first batch.',
  })
}
