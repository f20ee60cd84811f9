import type { Instant } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import type { SomeOf } from '../columns/rows.ts'
import type { Model } from './model.ts'

/** Given these rows, the model gives those. Typed by the columns of both sides; run in memory, no clock but `at`. */
export interface ModelTest {
  readonly kind: 'model_test'
  readonly model: Model
  readonly given: Readonly<Record<string, readonly object[]>>
  /** End of the data interval. */
  readonly at: Instant | undefined
  readonly expect: readonly object[]
}

export const given = <From, Into>(
  model: Model<From, Into>,
  rows: { readonly [N in keyof From]: readonly SomeOf<From[N]>[] },
  then: { readonly at?: Instant; readonly expect: readonly SomeOf<Into>[] },
): ModelTest =>
  frozen({
    kind: 'model_test',
    model: model as unknown as Model,
    given: rows as never,
    at: then.at,
    expect: then.expect as readonly object[],
  })
