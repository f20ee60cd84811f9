import { durationMs } from '@sluice/core'
import type { Fault } from '../base/faults.ts'
import type { AnyDataset } from '../dataset/any-dataset.ts'
import type { Model } from '../steps/model.ts'
import type { Step } from '../steps/step.ts'

/**
 * Models that fill a dataset kept longer than a source of which they read more than it keeps. One that adds makes rows again of what is
 * left of the source, when a run for an older time is cleared or backfilled. One that fills the whole loses with each run what the source
 * has lost; where a dataset says nothing of time (no `order`), that is what is there now, and wanted. So is what a view shows.
 */
export const outlivingModels = (steps: readonly Step[]): readonly Fault[] =>
  [...new Set(steps)].filter((step): step is Step & Model => step.kind === 'model').flatMap(outliving)

function outliving(model: Model & Step): readonly Fault[] {
  const { name, into, refresh, reads } = model
  if (refresh === 'view' || (refresh === 'full' && into.facts.order === undefined)) return []
  return reads
    .filter((source) => source.id !== into.id && keptMs(source) < keptMs(into) && readsBeyond(model, source))
    .map(({ id, facts }) => ({
      where: `model ${name}`,
      at: name,
      what: `${into.id} is kept longer than ${id} (${facts.keep}), and is made again of what is left of it ${refresh === 'full' ? 'by each run' : 'when an older run is cleared or backfilled'}`,
      next: `Compute it from a dataset that keeps all rows, ${refresh === 'full' ? "fill it by refresh: 'key'" : `read no more of ${id} than it keeps (.since('${facts.keep}'))`}, or give ${into.id} a keep of its own.`,
    }))
}

const readsBeyond = ({ sql, refresh }: Model & Step, source: AnyDataset): boolean =>
  sql.parts.some(
    (part) =>
      part.kind === 'dataset' &&
      part.id === source.id &&
      (part.rows === 'all' || (part.rows === 'since' && (refresh === 'full' || part.ms > keptMs(source)))),
  )

const keptMs = ({ facts }: AnyDataset): number => (facts.keep === undefined ? Number.POSITIVE_INFINITY : durationMs(facts.keep))
