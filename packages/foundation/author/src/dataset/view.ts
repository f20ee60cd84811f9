import type { SluiceError } from '@sluice/core'
import type { AnyDataset } from './any-dataset.ts'

type Declared = Pick<AnyDataset, 'on' | 'columns' | 'key' | 'facts'>

/** A dataset that its model makes, as a view of either kind. */
export const isView = ({ facts }: Pick<AnyDataset, 'facts'>): boolean => facts.as !== undefined

/** The datasets of the warehouse that are tables, which migrations make. */
export const tablesOf = <D extends Pick<AnyDataset, 'on' | 'facts'>>(datasets: readonly D[]): readonly D[] =>
  datasets.filter((dataset) => dataset.on === 'warehouse' && !isView(dataset))

/** What a view cannot hold must not be claimed of it. @throws `definition.invalid` */
export function refuseBadView({ on, columns, key, facts }: Declared, refuse: (what: string, next: string) => SluiceError): void {
  const { as } = facts
  if (as === undefined) return
  if (on !== 'warehouse') throw refuse(`a ${as} lies in the warehouse`, 'Leave as out: a table of the lake is filled by its model.')
  const said = [
    ...(facts.versions === undefined ? [] : ['versions']),
    ...(facts.partition === undefined && facts.ranges === undefined ? [] : ['partition']),
    ...(facts.keep === undefined ? [] : ['keep']),
    ...(facts.superseded === undefined ? [] : ['superseded']),
    ...(facts.quarantine === undefined ? [] : ['quarantine']),
    ...(facts.references.length === 0 ? [] : ['references']),
    ...(facts.checks.length === 0 ? [] : ['checks']),
  ]
  if (said.length > 0)
    throw refuse(
      `${said.join(' and ')} say what happens to rows that are written, and a ${as} has none of its own`,
      'Say it of what it reads.',
    )
  if (as === 'view' && (key.length > 0 || facts.indexes.length > 0))
    throw refuse('a view has neither key nor indexes', "Leave them out, or declare it as: 'materialized view'.")
  const filled = Object.entries(columns).find(([, column]) => column.filled)?.[0]
  if (filled !== undefined)
    throw refuse(`${filled} is filled by the database, and a ${as} has what its query gives`, 'Compute it in the query.')
}
