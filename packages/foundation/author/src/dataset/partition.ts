import type { SluiceError } from '@sluice/core'
import type { AnyDataset } from './any-dataset.ts'
import { uniqueColumnsOf } from './indexes.ts'

type Declared = Pick<AnyDataset, 'columns' | 'key' | 'facts'>

/** Kinds whose values are few, and the same as texts in both stores. */
const partitioning = ['date', 'text', 'integer', 'bigint', 'boolean']

/** Where rows of several partitions could meet under a key, one made anew would depend on the others. @throws `definition.invalid` */
export function refuseBadPartition({ columns, key, facts }: Declared, refuse: (what: string, next: string) => SluiceError): void {
  const { partition, versions, checks } = facts
  if (partition === undefined) return
  const column = columns[partition]
  if (versions !== undefined) throw refuse('its rows are versions, and partitions are made anew as a whole', 'Take partition away.')
  if (column === undefined || !partitioning.includes(column.type.kind))
    throw refuse(
      `its partition is ${partition}, which is ${column?.type.kind}`,
      `Make it one of ${partitioning.join(', ')}: a day, not an instant.`,
    )
  if (!column.notNull) throw refuse(`its partition is ${partition}, which may be null`, `Declare ${partition} with notNull: true.`)
  const uniques = [...uniqueColumnsOf({ key, facts }), ...checks.flatMap((check) => ('columns' in check ? [check.columns] : []))]
  const across = uniques.find((names) => !names.includes(partition))
  if (across !== undefined)
    throw refuse(`${across.join(', ')} is unique across partitions, each of which is made anew by itself`, `Add ${partition} to it.`)
}
