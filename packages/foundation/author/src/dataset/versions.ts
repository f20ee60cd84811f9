import type { SluiceError } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import { aText, optionNames, refuseOddOptions, refuseOther, refuseOtherValues, refuseOtherWords } from '../base/shape.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Versions } from './any-dataset.ts'

type Declared = Pick<AnyDataset, 'columns' | 'key' | 'facts'>

/** Columns that the platform fills from the order of the versions. */
export const boundsOf = ({ facts: { versions } }: Pick<AnyDataset, 'facts'>): readonly string[] =>
  versions === undefined ? [] : [versions.to, ...(versions.current === undefined ? [] : [versions.current])]

/** The columns of the key that name what the versions are of. */
export const entityOf = ({ key, facts }: Pick<AnyDataset, 'key' | 'facts'>): readonly string[] =>
  key.filter((name) => name !== facts.versions?.from)

/** A dataset with the columns that whoever fills its versions gives. */
export function observedOf<D extends Pick<AnyDataset, 'columns' | 'facts'>>(dataset: D): D {
  const bounds = boundsOf(dataset)
  if (bounds.length === 0) return dataset
  const columns: Columns = Object.fromEntries(Object.entries(dataset.columns).filter(([name]) => !bounds.includes(name)))
  return frozen({ ...dataset, columns })
}

/** Columns whose values make a version another one: not those that bound it, nor the one that says which of two rows is newer. */
export function comparedOf({ columns, key, facts }: Declared): readonly string[] {
  const { versions, order } = facts
  const others = [...key, ...boundsOf({ facts }), versions?.deleted, order]
  return Object.entries(columns).flatMap(([name, { identity, generated }]) =>
    identity || generated !== undefined || others.includes(name) ? [] : [name],
  )
}

/** What the types say of the option, by itself. @throws `definition.invalid` */
export function refuseOddVersions(where: string, given: unknown): void {
  const known = optionNames<Versions>({ from: true, to: true, current: true, deleted: true, missing: true })
  refuseOddOptions(`${where}, versions`, given, known)
  const { from, to, missing, ...flags } = given as Readonly<Record<string, unknown>>
  refuseOther(`${where}, versions`, 'from', from, aText)
  refuseOther(`${where}, versions`, 'to', to, aText)
  refuseOtherValues(`${where}, versions`, flags, { current: aText, deleted: aText })
  if (missing !== undefined) refuseOtherWords(`${where}, versions`, 'missing', missing, ['close'])
}

/** What bounds versions must be of a kind that can. */
export function refuseBadVersions({ columns, key, facts }: Declared, refuse: (what: string, next: string) => SluiceError): void {
  const { versions, keep } = facts
  if (versions === undefined) return
  const { from, to, current, deleted, missing } = versions
  const named = [from, to, current, deleted].filter((name) => name !== undefined)
  const unknown = named.find((name) => !Object.hasOwn(columns, name))
  if (unknown !== undefined)
    throw refuse(`versions name the column "${unknown}", which is not there`, 'Declare it under columns, or correct the name.')
  if (new Set(named).size < named.length) throw refuse('versions name one column twice', 'Give each its own column.')
  if (!key.includes(from) || key.length < 2)
    throw refuse(`its key does not name what versions are of and ${from}`, `Write key: ['<what the versions are of>', '${from}'].`)
  const inKey = [to, current, deleted].find((name) => name !== undefined && key.includes(name))
  if (inKey !== undefined) throw refuse(`${inKey} is of its key, and a version keeps its key when it ends`, `Take ${inKey} out of key.`)
  const kinds = [columns[from]?.type.kind ?? '', columns[to]?.type.kind ?? '']
  if (!['timestamp', 'date'].includes(kinds[0] ?? '') || kinds[0] !== kinds[1])
    throw refuse(`versions are bounded by ${from} and ${to}, which are ${kinds.join(' and ')}`, 'Make both timestamp, or both date.')
  if (columns[to]?.notNull === true) throw refuse(`${to} is not null, and a version that holds has no end`, `Let ${to} be null.`)
  const flag = [current, deleted].find((name) => name !== undefined && columns[name]?.type.kind !== 'boolean')
  if (flag !== undefined) throw refuse(`${flag} is ${columns[flag]?.type.kind}, and says yes or no`, 'Make it boolean().')
  const filled = named.find((name) => columns[name]?.filled === true)
  if (filled !== undefined) throw refuse(`${filled} bounds versions, and the database fills it`, 'Take default and generated away.')
  if (missing !== undefined && kinds[0] !== 'timestamp')
    throw refuse(`what is missing is closed at the time of a batch, and ${from} is a date`, 'Make from and to timestamp.')
  if (keep !== undefined)
    throw refuse('keep goes by the order column, and a version that began long ago may hold', 'Take keep away: versions stay.')
}
