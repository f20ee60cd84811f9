import {
  type AnyDataset,
  aText,
  type Fillable,
  type IdOf,
  optionNames,
  type Pages,
  refuseOddOptions,
  refuseOther,
  type StepOptions,
  skip,
  stepOptions,
  type Task,
} from '@sluice/author'
import type { DatasetRef } from '@sluice/core'
import { type SluiceContext, task } from './context.ts'

interface LandedOptions<Into> extends StepOptions {
  readonly into: Fillable<Into, IdOf<Into>, 'bodies', 'does not hold bodies: declare bodies: json(...)'>
  /** Why there may be none: what the skipped step says. */
  readonly otherwise: string
}

/**
 * The place in a pipeline of bodies that somebody else lands under the batch of its run, such as the history of a demo: those that are
 * there are taken as they are, no source is asked, and a run without any is skipped.
 */
export function landed<const Into extends AnyDataset>(definition: LandedOptions<Into>): Task<object, DatasetRef<'lake'>, SluiceContext> {
  const where = `landed ${String(definition.name)}`
  refuseOddOptions(where, definition, landedOptions)
  refuseOther(where, 'otherwise', definition.otherwise, aText)
  const { into, otherwise, ...step } = definition
  const none: Pages = { [Symbol.asyncIterator]: () => skip(otherwise) }
  return task({ ...step, fills: [into as AnyDataset], run: (_, { lake }) => lake.land(into as never, none) })
}

const landedOptions = [...stepOptions, ...optionNames<Omit<LandedOptions<AnyDataset>, keyof StepOptions>>({ into: true, otherwise: true })]
