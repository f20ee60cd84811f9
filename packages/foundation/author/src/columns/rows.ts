import { frozen } from '../base/frozen.ts'
import type { Names } from '../base/types.ts'
import type { Column, Columns } from './column.ts'

/** What must not reach a reader by accident: a `Personal<string>` is not a `string`. `reveal` is the one way, and can be searched for. */
export interface Personal<Value> {
  readonly personal: Value
}
/** A personal value as what it is. */
export const reveal = <Value>(value: Personal<Value>): Value => value as unknown as Value

type ValueIn<C> =
  C extends Column<string, infer T, infer V> ? ('personal' extends T ? Personal<V> : V) | ('nullable' extends T ? null : never) : never

/** A row of these columns as it is read back. */
export type RowIn<C> = { readonly [K in keyof C]: ValueIn<C[K]> } extends infer R ? R : never

/** A row as it is read back: of a dataset (`RowOf<typeof assets>`) or of columns (`RowOf<typeof columns>`). */
export type RowOf<D> = D extends { readonly kind: 'dataset'; readonly columns: infer C } ? RowIn<C> : D extends Columns ? RowIn<D> : never

/** A row as tests give it: what is left out is null. */
export type SomeOf<D> = {
  readonly [K in keyof RowOf<D>]?: RowOf<D>[K] extends Personal<infer V> | null ? V | null : RowOf<D>[K] | null
}

/** Some of a dataset's columns: what a query returns. */
export const pick = <C extends Columns, const N extends Names<C>>(
  dataset: { readonly columns: C },
  ...names: readonly N[]
): { readonly [K in N]: C[K] } =>
  frozen(Object.fromEntries(names.map((name) => [name, dataset.columns[name]]))) as { readonly [K in N]: C[K] }
