import type { SluiceError } from '@sluice/core'
import type { AnyDataset } from './any-dataset.ts'
import { uniqueColumnsOf } from './indexes.ts'

type Declared = Pick<AnyDataset, 'on' | 'columns' | 'key' | 'facts'>

/** PostgreSQL keeps what is unique in each partition alone. @throws `definition.invalid` */
export function refuseBadRanges({ on, columns, key, facts }: Declared, refuse: (what: string, next: string) => SluiceError): void {
  const { ranges, versions } = facts
  if (ranges === undefined) return
  const { by, column: name, ahead = 1 } = ranges
  if (on !== 'warehouse') throw refuse(`its partitions are by ${by}, and the lake has them by value`, 'Name the column alone.')
  const column = columns[name]
  if (column?.type.kind !== 'date' && column?.type.kind !== 'timestamp')
    throw refuse(`its partitions are by ${by} of ${name}, which is ${column?.type.kind}`, 'Name a date or a timestamp.')
  if (!column.notNull && !key.includes(name))
    throw refuse(`its partitions are by ${by} of ${name}, which may be null`, `Declare ${name} with notNull: true.`)
  if (!Number.isInteger(ahead) || ahead < 0 || ahead > 400)
    throw refuse(`${ahead} partitions are to be there ahead`, 'Write a whole number from 0 to 400.')
  const across = uniqueColumnsOf({ key, facts }).find((names) => !names.includes(name))
  if (across !== undefined)
    throw refuse(`${across.join(', ')} is to be unique, and PostgreSQL looks for equal values in one partition alone`, `Add ${name} to it.`)
  if (facts.indexes.some(({ unique, special }) => unique && special !== undefined && !special.parts.some((part) => part.column === name)))
    throw refuse('a unique index lacks the column of its partitions, and PostgreSQL looks in one partition alone', `Add ${name} to it.`)
  if (facts.indexes.some(({ concurrently }) => concurrently))
    throw refuse('an index of a table in partitions cannot be built while others write', 'Take concurrently away.')
  if (versions === undefined) return
  if (versions.from !== name)
    throw refuse(`its partitions are by ${name}, which a later version may change`, `Write column: '${versions.from}'.`)
  if (facts.keep !== undefined)
    throw refuse('its rows are versions, which are made of all that was seen, and keep would take partitions away', 'Take keep away.')
}
