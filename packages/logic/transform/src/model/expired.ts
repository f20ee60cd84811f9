import { type AnyDataset, datasetOf, type Model, type Reading, type SqlPart } from '@sluice/author'
import { type BatchWrite, dayIn, durationMs, formatInstant, type Instant, type Interval, unreachable } from '@sluice/core'
import { type Warehouse, warehouseErrors } from '@sluice/warehouse'

export interface ExpiredOptions {
  readonly model: Pick<Model, 'into' | 'refresh' | 'sql'>
  readonly write: Pick<BatchWrite, 'project' | 'batch' | 'generation' | 'logicalTime'>
  readonly reading: Reading
  readonly warehouse: Pick<Warehouse, 'receipt' | 'deletedBefore'>
}

/**
 * Refuses the run of an older time whose sources a retention has shortened meanwhile: it would put rows made of less in the place of those
 * that are there. A full refresh shows the newest run, and is not concerned. @throws `warehouse.expired`
 */
export async function refuseExpired({ model, write, reading, warehouse }: ExpiredOptions): Promise<void> {
  if (model.refresh === 'full') return
  for (const part of model.sql.parts) {
    if (part.kind !== 'dataset' || part.rows === 'all') continue
    const source = datasetOf(reading, part.id)
    const { keep } = source.facts
    if (keep === undefined) continue
    const before = await warehouse.deletedBefore(`${write.project}:${part.id}`)
    if (before === undefined || isKept(earliest(part, reading.interval, durationMs(keep)), before, source, reading.timeZone)) continue
    if ((await warehouse.receipt(write.batch, write.generation)) !== undefined) return
    throw warehouseErrors.expired(
      `${part.id} keeps no rows before ${before}, and this run of ${formatInstant(write.logicalTime)} reads some: what it writes would be made of less than what is there`,
      {
        facts: { dataset: part.id, before },
        next: `Leave what ${model.into.id} holds of that time, or compute it from a dataset that keeps all rows.`,
      },
    )
  }
}

/** Whether the rows of an instant are kept. `before`, as a retention writes it: an instant, or of dates a day in the project's zone. */
function isKept(at: Instant, before: string, { columns, facts }: AnyDataset, timeZone: string): boolean {
  const isDay = columns[facts.order ?? '']?.type.kind === 'date'
  return isDay ? dayIn(at, timeZone) >= before : at >= Date.parse(before)
}

/** Of the rows that a reference needs. A span as long as the rows are kept takes what is there. */
function earliest(part: SqlPart & { readonly kind: 'dataset' }, { start, end }: Interval, keptMs: number): Instant {
  switch (part.rows) {
    case 'since':
      return part.ms >= keptMs ? end : end - part.ms
    case 'latest':
      return end
    case 'all':
    case 'batch':
      return start
    default:
      return unreachable(part)
  }
}
