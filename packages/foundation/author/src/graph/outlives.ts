import { durationMs } from '@sluice/core'
import type { Fault } from '../base/faults.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { Model } from '../steps/model.ts'
import type { Step } from '../steps/step.ts'

/**
 * Models that add to a dataset kept longer than a source that they read as it stands: a run for an older time, cleared or backfilled, would
 * make its rows again of what is left of the source.
 */
export const outlivingModels = (steps: readonly Step[]): readonly Fault[] =>
  [...new Set(steps)].filter((step): step is Step & Model => step.kind === 'model').flatMap(outliving)

function outliving({ name, into, refresh, reads, sql }: Model & Step): readonly Fault[] {
  if (refresh === 'full') return []
  const asTheyStand = reads.filter(({ id }) => sql.parts.some((part) => part.kind === 'dataset' && part.id === id && part.rows === 'all'))
  return asTheyStand
    .filter((source) => source.id !== into.id && keptMs(source) < keptMs(into))
    .map(({ id, facts }) => ({
      where: `model ${name}`,
      at: name,
      what: `${into.id} is kept longer than ${id} (${facts.keep}), and is made again of what is left of it when an older run is cleared or backfilled`,
      next: `Compute it from a dataset that keeps all rows, read no more of ${id} than it keeps (.since('${facts.keep}')), or give ${into.id} a keep of its own.`,
    }))
}

const keptMs = ({ facts }: AnyDataset): number => (facts.keep === undefined ? Number.POSITIVE_INFINITY : durationMs(facts.keep))
