import type { Store } from '@sluice/core'
import type { Dataset, DatasetTrait } from '../dataset/any-dataset.ts'
import type { Sql } from '../sql/parts.ts'

/**
 * A statement that runs in one store and names only datasets that its step declares; else what is wrong with it. A statement that an
 * earlier fault has left without types passes, so that one fault is one error.
 */
export type Declared<Uses extends string, Known extends string, S extends Store, Where extends string> = string extends Uses
  ? Sql<Uses>
  : [Exclude<Uses, `${S}.${string}`>] extends [never]
    ? [Exclude<Uses, Known>] extends [never]
      ? Sql<Uses>
      : `this step does not say that it reads ${Exclude<Uses, Known>}: add it to ${Where}`
    : `${Exclude<Uses, `${S}.${string}`>} is not in the ${S}, where this statement runs: ${S extends 'warehouse' ? 'bring it over with load({ from, into })' : 'run it in the warehouse'}`

/**
 * A dataset that the step says it fills and that holds what is written (`Has`); else what is wrong with it. `Sentence` goes on after the
 * dataset's id.
 */
export type Fillable<D, Fills extends string, Has extends DatasetTrait, Sentence extends string> =
  D extends Dataset<infer Id, infer _, readonly string[], infer H>
    ? Has extends H
      ? Id extends Fills
        ? D
        : `this step does not say that it fills ${Id}: add it to fills`
      : `${Id} ${Sentence}`
    : never

/** A dataset that the step says it reads or fills, in one store; else what is wrong with it. */
export type Readable<D, Known extends string, S extends Store> =
  D extends Dataset<infer Id, infer _, readonly string[], infer __>
    ? Id extends `${S}.${string}`
      ? Id extends Known
        ? D
        : `this step does not say that it reads ${Id}: add it to reads`
      : `${Id} is not in the ${S}`
    : never
