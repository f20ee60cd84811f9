import type { IsAny } from '../base/types.ts'
import type { Dataset, DatasetTrait, StoreOf } from '../dataset/any-dataset.ts'

/** A dataset that a model may read, or what is wrong with it. */
export type SourceFault<D, Into extends string> =
  IsAny<D> extends true
    ? D
    : D extends Dataset<infer Id, infer _, readonly string[], infer H extends DatasetTrait>
      ? 'files' extends H
        ? `${Id} holds files as they are, which SQL cannot read`
        : StoreOf<Id> extends StoreOf<Into>
          ? D
          : `a model of the ${StoreOf<Into>} reads the ${StoreOf<Into>} alone, and ${Id} is not there: ${StoreOf<Into> extends 'warehouse' ? 'bring it over with load({ from, into })' : 'let the model fill the warehouse'}`
      : D extends { readonly kind: string; readonly needs: unknown; readonly fills: unknown }
        ? 'from names datasets, and this is a step: name the dataset that it fills'
        : 'from names datasets'
