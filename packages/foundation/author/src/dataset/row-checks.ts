import { refused } from '../base/faults.ts'
import { frozen } from '../base/frozen.ts'
import { aText, refuseOddOptions, refuseOtherList, refuseOtherValues, type Wanted } from '../base/shape.ts'
import type { Kind, TypeIn } from '../columns/column.ts'

/** A rule of each row. A row that breaks one goes to quarantine with the rule's id and is counted; the others are written. */
export type RowCheck<Name extends string = string> =
  | { readonly kind: 'not_null'; readonly columns: readonly Name[] }
  | Unique<Name>
  | Within<Name>
  /** Null passes. */
  | { readonly kind: 'accepted'; readonly column: Name; readonly values: readonly string[] }

/** Null passes. */
export interface Within<Name extends string = string> {
  readonly kind: 'within'
  readonly column: Name
  /** Bounds as text, so that decimals stay exact. */
  readonly min: string | null
  readonly max: string | null
}
/** The first row of equal values stays, the others break the rule. */
export interface Unique<Name extends string = string> {
  readonly kind: 'unique'
  readonly columns: readonly Name[]
}

const aBound: Wanted = { is: (value) => aText.is(value) || Number.isFinite(value), called: 'a number or text' }

/**
 * The bounds count as within. Null passes: say `notNull` of the column where it must not.
 * @throws `definition.invalid` without a bound
 */
export function within<const N extends string>(
  column: N,
  bounds: { readonly min?: number | string; readonly max?: number | string },
): Within<N> {
  refuseOddOptions(`within('${column}')`, bounds, ['min', 'max'])
  refuseOtherValues(`within('${column}')`, bounds, { min: aBound, max: aBound })
  const { min, max } = bounds
  if (min === undefined && max === undefined)
    throw refused(`within('${column}')`, 'it has no bound and accepts everything', 'Give min, max or both.')
  return frozen({ kind: 'within', column, min: min === undefined ? null : String(min), max: max === undefined ? null : String(max) })
}

/**
 * The first row of equal values in a batch stays, the others break the rule. The key is unique without saying so.
 * @throws `definition.invalid` without a column
 */
export function unique<const N extends string>(...columns: readonly N[]): Unique<N> {
  if (columns.length === 0) throw refused('unique()', 'it names no column', "Name the columns that together occur once: unique('id').")
  refuseOtherList('unique()', 'the columns', columns, aText)
  return frozen({ kind: 'unique', columns })
}

/** Columns whose values have an order that bounds make sense of. */
export type Bounded<C> = {
  readonly [K in keyof C & string]: Kind<TypeIn<C, K>> extends 'integer' | 'bigint' | 'double' | 'decimal' | 'date' | 'timestamp'
    ? K
    : never
}[keyof C & string]
