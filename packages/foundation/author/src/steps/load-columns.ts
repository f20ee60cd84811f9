import type { Quote } from '../base/types.ts'
import type { Fits, TraitsIn, TypeIn } from '../columns/column.ts'
import type { StoreOf } from '../dataset/any-dataset.ts'

/** The dataset to fill (`Ok`), or what is wrong with the pair. */
export type LoadFault<Id extends string, C, To extends string, D, M, Ok> = string extends Id
  ? Ok
  : StoreOf<Id> extends 'lake'
    ? StoreOf<To> extends 'warehouse'
      ? [Exclude<Required<D>, keyof M | keyof C>] extends [never]
        ? [Misfit<C, D, M>] extends [never]
          ? [Leak<C, D, M>] extends [never]
            ? Ok
            : `${Leak<C, D, M>} is personal in ${Id} and not in ${To}: declare it personal there, or leave it out`
          : `${Misfit<C, D, M>} is ${TypeIn<C, Misfit<C, D, M>>} in ${Id} and ${TypeIn<D, Misfit<C, D, M>>} in ${To}: cast it in a model first`
        : `nothing fills ${Exclude<Required<D>, keyof M | keyof C>} of ${To}, which must not be null: name its source under columns`
      : `${To} is not in the warehouse: inside the lake a model does it`
    : `${Id} is not in the lake: inside the warehouse a model does it`

/** The source of one column (`From`), or what is wrong with it. */
export type MapFault<C, D, N, From> = N extends keyof D
  ? 'computed' extends TraitsIn<D, N>
    ? `${N & string} is computed by the database: leave it out`
    : From extends keyof C
      ? Fits<TypeIn<C, From>, TypeIn<D, N>> extends true
        ? 'personal' extends TraitsIn<C, From>
          ? 'personal' extends TraitsIn<D, N>
            ? From
            : `${From & string} is personal and ${N & string} is not: declare it personal, or leave it out`
          : From
        : `${N & string} is ${TypeIn<D, N>} and ${From & string} is ${TypeIn<C, From>}: cast it in a model first`
      : keyof C & string
  : `there is no column ${Quote<N>} to fill`

/** Columns that the database does not compute. */
export type Loadable<D> = { [N in keyof D & string]: 'computed' extends TraitsIn<D, N> ? never : N }[keyof D & string]

/** Columns that must be filled: not null, and not filled by the database. */
type Required<D> = {
  [N in keyof D & string]: 'not null' extends TraitsIn<D, N> ? (TraitsIn<D, N> & ('default' | 'computed') extends never ? N : never) : never
}[keyof D & string]

/** Columns of one name on both sides, which map by themselves. */
type Same<C, D, M> = {
  [N in Exclude<keyof C & keyof D & string, keyof M>]: 'computed' extends TraitsIn<D, N> ? never : N
}[Exclude<keyof C & keyof D & string, keyof M>]

/** Those of types that do not fit. */
type Misfit<C, D, M> = { [N in Same<C, D, M>]: Fits<TypeIn<C, N>, TypeIn<D, N>> extends true ? never : N }[Same<C, D, M>]

/** What is personal stays personal: it cannot be loaded into a column that does not say so. */
type Leak<C, D, M> = {
  [N in Same<C, D, M>]: 'personal' extends TraitsIn<C, N> ? ('personal' extends TraitsIn<D, N> ? never : N) : never
}[Same<C, D, M>]
