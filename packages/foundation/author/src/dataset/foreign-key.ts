import { frozen } from '../base/frozen.ts'
import { aDataset, aText, refuseOddOptions, refuseOther, refuseOtherList } from '../base/shape.ts'
import type { Names } from '../base/types.ts'
import type { Columns } from '../columns/column.ts'
import type { Dataset, DatasetTrait, ForeignKey } from './any-dataset.ts'
import type { Typed } from './references.ts'

/** The columns, each of the type that it refers to, or what is wrong with them. */
type ColumnsFault<C, Own extends readonly string[], D, N extends readonly string[], To extends string> = number extends Own['length']
  ? readonly Names<C>[]
  : Own['length'] extends N['length']
    ? { readonly [I in keyof Own]: I extends keyof N ? Typed<C, Own[I] & string, D, N[I] & string, To, Own[I]> : Own[I] }
    : `${Own['length'] & number} columns cannot refer to the ${N['length'] & number} of ${To}`

/** A foreign key as a value of its own. Exported beside the datasets, since it belongs to neither file alone. */
export interface DeclaredForeignKey extends ForeignKey {
  readonly kind: 'foreign_key'
}

/** A key of several columns, or of two datasets that refer to each other. One column that points at a key: `references` of the dataset. */
export function foreignKey<
  const Id extends string,
  const C extends Columns,
  const OfFrom extends DatasetTrait,
  const Own extends readonly Names<C>[],
  const To extends string,
  const D extends Columns,
  const K extends readonly string[],
  const OfTo extends DatasetTrait,
  const N extends readonly Names<D>[] = K extends readonly Names<D>[] ? K : never,
>(definition: {
  readonly from: Dataset<Id, C, readonly string[], OfFrom>
  readonly columns: ColumnsFault<C, Own, D, N, To>
  readonly to: Dataset<To, D, K, OfTo>
  /** Columns of `to`; its key unless given. */
  readonly on?: N
}): DeclaredForeignKey {
  refuseOddOptions('foreignKey()', definition, ['from', 'columns', 'to', 'on'])
  for (const side of ['from', 'to'] as const) refuseOther('foreignKey()', side, definition[side], aDataset)
  for (const [option, columns] of [
    ['columns', definition.columns],
    ['on', definition.on ?? []],
  ] as const)
    refuseOtherList('foreignKey()', option, columns, aText)
  return frozen({
    kind: 'foreign_key',
    from: definition.from.id,
    columns: definition.columns as readonly string[],
    to: definition.to.id,
    on: definition.on ?? definition.to.key,
  })
}
