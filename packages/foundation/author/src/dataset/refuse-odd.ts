import { refused } from '../base/faults.ts'
import {
  aDataset,
  anObject,
  aText,
  aTruth,
  made,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherMembers,
  refuseOtherValues,
  refuseOtherWords,
  shown,
  type Wanted,
} from '../base/shape.ts'
import { refuseOddColumns } from '../columns/refuse.ts'
import { partitionSpans, privileges, type QuarantineLimits, type Ranges, viewKinds } from './any-dataset.ts'
import type { IndexOption } from './indexes.ts'
import { refuseOddIndex } from './refuse-index.ts'
import { refuseOddVersions } from './versions.ts'

const textOrTexts = (value: unknown): boolean => aText.is(value) || (Array.isArray(value) && value.every(aText.is))
const anIndex: Wanted = {
  is: (value) =>
    textOrTexts(value) ||
    (typeof value === 'object' && value !== null && ('on' in value || ('unique' in value && Array.isArray(value.unique)))),
  called: 'a column, a list of columns, { unique: [...] }, or { on: [...] } with options',
}
const aPartition: Wanted = {
  is: (value) => aText.is(value) || anObject.is(value),
  called: "a column, or { by: 'month', column: 'day' }",
}
const aTarget: Wanted = {
  is: (value) => value === 'self' || aDataset.is(value) || (Array.isArray(value) && aDataset.is(value[0]) && aText.is(value[1])),
  called: "a dataset, 'self', or [dataset, column]",
}
const aCheck: Wanted = {
  is: (value) => {
    const { kind, column, columns } = (value ?? {}) as Readonly<Record<string, unknown>>
    return (kind === 'within' && aText.is(column)) || (kind === 'unique' && Array.isArray(columns) && columns.every(aText.is))
  },
  called: "a check such as within('price', { min: 0 })",
}

/** What the types say of the arguments of `dataset`. @throws `definition.invalid` */
export function refuseOddArguments(name: unknown, options: unknown, known: readonly string[]): void {
  const where = `dataset ${typeof name === 'string' ? name : shown(name)}`
  if (typeof name !== 'string') throw refused(where, 'its name is not text', "Write layer.name first: dataset('silver.assets', { ... }).")
  refuseOddOptions(where, options, known)
  const given = options as Readonly<Partial<Record<string, unknown>>>
  refuseOtherWords(where, 'on', given.on, ['lake', 'warehouse'])
  if (given.columns !== undefined) refuseOddColumns(where, 'columns', given.columns)
  refuseOtherValues(where, given, {
    bodies: made("json('$', { ... }) or raw()", 'bodies'),
    files: aText,
    order: aText,
    partition: aPartition,
    description: aText,
    owner: aText,
    deletionVectors: aTruth,
  })
  const lists = { key: aText, tags: aText, indexes: anIndex, checks: aCheck }
  for (const [option, wanted] of Object.entries(lists)) {
    const list = given[option]
    if (list !== undefined) refuseOtherList(where, option, list, wanted)
  }
  if (typeof given.partition === 'object') refuseOddRanges(where, given.partition as object)
  for (const index of (given.indexes as readonly IndexOption[] | undefined) ?? []) refuseOddIndex(where, index)
  if (given.versions !== undefined) refuseOddVersions(where, given.versions)
  if (given.grants !== undefined) refuseOddGrants(where, given.on, given.grants)
  if (given.as !== undefined) refuseOtherWords(where, 'as', given.as, viewKinds)
  if (given.quarantine !== undefined) refuseOddLimits(where, given.quarantine)
  if (given.references !== undefined) refuseOtherMembers(where, 'references', given.references, aTarget)
}

function refuseOddRanges(where: string, given: object): void {
  const called = `${where}, partition`
  refuseOddOptions(called, given, optionNames<Ranges>({ by: true, column: true, ahead: true }))
  const { by, column } = given as Partial<Ranges>
  refuseOtherWords(called, 'by', by, partitionSpans)
  refuseOther(called, 'column', column, aText)
}

function refuseOddGrants(where: string, on: unknown, given: unknown): void {
  if (on !== 'warehouse') throw refused(where, 'a lake has no roles, and it grants', 'Take grants away.')
  refuseOddOptions(`${where}, grants`, given, privileges)
  for (const [privilege, roles] of Object.entries(given as object)) refuseOtherList(`${where}, grants`, privilege, roles, aText)
}

const aShare: Wanted = { is: (value) => typeof value === 'number' && value >= 0 && value <= 1, called: 'a share from 0 to 1' }

function refuseOddLimits(where: string, given: unknown): void {
  refuseOddOptions(`${where}, quarantine`, given, optionNames<QuarantineLimits>({ warn: true, fail: true, key: true }))
  const limits = given as QuarantineLimits
  refuseOtherValues(`${where}, quarantine`, limits as Readonly<Record<string, unknown>>, { warn: aShare, fail: aShare })
  if (limits.key !== undefined) refuseOtherWords(`${where}, quarantine`, 'key', limits.key, ['none'])
  if (limits.warn !== undefined && limits.fail !== undefined && limits.warn > limits.fail) {
    throw refused(where, 'its quarantine warns above the share at which it fails', 'Let warn be the smaller one.')
  }
}
