import { batchesIn, type Model, type Reading, readAsTheyStand } from '@sluice/author'
import { type BatchWrite, formatInstant, type Instant, type Interval } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { type Lake, lakeErrors, type NewestWrite } from '@sluice/lake'

/** What a run of a model shows. */
export interface AsOf {
  /** The data interval that its statement is evaluated for. */
  readonly interval: Interval
  /** The logical time of the newest batch in it, where that may be another than the run's own. */
  readonly asOf: Instant | undefined
}

export interface ModelRun {
  readonly model: Pick<Model, 'into' | 'refresh' | 'sql'>
  readonly write: BatchWrite
  readonly reading: Reading
  /** The newest write of the dataset that the model fills. */
  readonly newest: NewestWrite | undefined
  readonly lake: Pick<Lake, 'newest'>
  readonly connection: DuckConnection
}

/**
 * A full refresh shows what the newest run shows: an older run, cleared or backfilled, is evaluated for the newest one, and never puts
 * older content in its place. A model that adds batches, and reads datasets as they stand, shows the newest batch of them.
 * @throws `lake.overtaken` for an older run whose model reads the batches at hand, since those of the newest run are not at hand
 */
export async function asOfRun(run: ModelRun): Promise<AsOf> {
  const { interval } = run.reading
  return run.model.refresh !== 'full' ? { interval, asOf: await newestRead(run) } : asNewestRun(run)
}

function asNewestRun({ model, write, reading, newest }: ModelRun): AsOf {
  if (newest === undefined || newest.asOf <= write.logicalTime) return { interval: reading.interval, asOf: undefined }
  if (batchesIn(model.sql).length === 0) return { interval: newest, asOf: newest.asOf }
  throw lakeErrors.overtaken(
    `${model.into.name} holds what a run of ${formatInstant(newest.asOf)} has put there, and this run of ${formatInstant(write.logicalTime)} would replace all of it with older rows`,
    {
      facts: { dataset: write.dataset, batch: write.batch, newest: newest.asOf },
      next: 'Clear the newest run of the pipeline instead, or read whole datasets in the model and not .batch.',
    },
  )
}

async function newestRead({ model, write: { project, logicalTime }, lake, connection }: ModelRun): Promise<Instant | undefined> {
  const ids = readAsTheyStand(model.sql)
  if (ids.length === 0) return undefined
  const newest = await Promise.all(ids.map((id) => lake.newest(connection, `${project}:${id}`)))
  return Math.max(logicalTime, ...newest.map((each) => each?.asOf ?? logicalTime))
}
