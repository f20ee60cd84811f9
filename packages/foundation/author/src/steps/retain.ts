import { type Duration, durationMs } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aDataset, refuseOddOptions, refuseOther } from '../base/shape.ts'
import type { Columns } from '../columns/column.ts'
import type { AnyDataset, Dataset, DatasetTrait, StoreOf } from '../dataset/any-dataset.ts'
import { type StepOptions, stepFields, stepOptions } from './options.ts'
import type { Step } from './step.ts'

/** Deletes the rows that a dataset of the warehouse keeps no longer. */
export interface Retain extends Step<{ readonly deleted: number }> {
  readonly kind: 'retain'
  readonly on: AnyDataset
  readonly column: string
  readonly olderThanMs: number
}

type RetainFault<Id extends string, H, Ok> =
  StoreOf<Id> extends 'warehouse'
    ? 'time' extends H
      ? Ok
      : `${Id} is not ordered by a timestamp or a date, which says how old a row is`
    : `${Id} is in the lake, which looks after itself: its keep is enough`

/**
 * Deletes rows by the dataset's own `keep` and `order`, from the run's logical time, in one transaction with a receipt. Rows without a
 * value stay.
 */
export function retain<const Id extends string, const C extends Columns, const K extends readonly string[], const H extends DatasetTrait>(
  definition: StepOptions & {
    readonly on: RetainFault<Id, H, Dataset<Id, C, K, H>>
  },
): Retain {
  refuseOddOptions('retain', definition, [...stepOptions, 'on'])
  const on = definition.on as unknown as AnyDataset
  refuseOther(`retain ${definition.name}`, 'on', on, aDataset)
  if (on.on !== 'warehouse') {
    throw refused(`step ${definition.name}`, `${on.id} is in the lake, which looks after itself`, 'Take the step away: its keep is enough.')
  }
  const { keep, order } = on.facts as { readonly keep?: Duration; readonly order?: string }
  if (keep === undefined || order === undefined) {
    throw refused(
      `step ${definition.name}`,
      `${on.id} does not say how long it keeps its rows`,
      "Declare order and keep, for example keep: '7d'.",
    )
  }
  return frozen({ ...stepFields('retain', { ...definition, fills: [on] }), on, column: order, olderThanMs: durationMs(keep) })
}
