import { refused } from '../base/faults.ts'
import type { AnyDataset, StoreOf } from '../dataset/any-dataset.ts'
import type { RestSource } from '../source/rest-source.ts'
import type { Source } from '../source/source.ts'
import type { SqlSource } from '../source/sql-source.ts'

/** The dataset to fill (`Ok`), or what is wrong with it: the answers of an API are bodies, whatever else is read has columns. */
export type PullFault<From, Id extends string, H, Ok> = string extends Id
  ? Ok
  : StoreOf<Id> extends 'lake'
    ? [From] extends [RestSource]
      ? 'bodies' extends H
        ? Ok
        : `${Id} does not hold bodies: a pull of an API lands its answers, declare bodies: json(...)`
      : [H & ('bodies' | 'files' | 'exports')] extends [never]
        ? [From] extends [SqlSource<'incremental'>]
          ? ['key'] extends [H]
            ? Ok
            : `${Id} declares no key, which rows that come again go by`
          : Ok
        : `${Id} has no columns of its own to fill: a pull of files or rows fills a table`
    : `${Id} is not in the lake: pull into the lake, and bring it over with load({ from, into })`

/** What the types say of what a pull fills. @throws `definition.invalid` */
export function refuseOtherTarget(where: string, from: Source, { id, on, facts, key }: AnyDataset): void {
  if (on !== 'lake') throw refused(where, `${id} is not in the lake`, 'Pull into the lake, and bring it over with load({ from, into }).')
  if (from.kind === 'rest-source') {
    if (facts.bodies !== undefined) return
    throw refused(
      where,
      `${id} does not hold bodies, and a pull of an API lands its answers`,
      'Name a dataset with bodies: json(...) or raw().',
    )
  }
  if ((facts.bodies ?? facts.files) !== undefined)
    throw refused(where, `${id} has no columns of its own to fill`, 'Name a table under into.')
  if (from.kind === 'sql-source' && from.mode === 'incremental' && key.length === 0)
    throw refused(where, `${id} declares no key, which rows that come again go by`, "Declare its key, or pull with mode: 'full'.")
}
