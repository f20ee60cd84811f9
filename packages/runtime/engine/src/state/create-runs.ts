import type { Actor, Instant, Interval, Json, RunClass, RunKey } from '@sluice/core'
import { type Queryable, storableJson, withRetry } from '@sluice/postgres'
import { type Channel, channels } from './channels.ts'

/*
 * A run:
 *
 *   queued ------ admitted while there is room for its class: its first tasks become queued ------> queued
 *   queued ------ a task was claimed ------------------------------------------------------------> running
 *   running ----- no task is open any more ------------------------------------------------------> success | failed | cancelled
 *   ended ------- a task was cleared or marked so that others are open again (generation + 1) ---> queued, not admitted
 */

export interface NewRun {
  readonly id: string
  readonly key: RunKey
  readonly logicalTime: Instant
  readonly interval: Interval
}

export interface NewRuns {
  readonly pipeline: number
  /** Only while the pipeline is there with this definition: otherwise none is made. */
  readonly definition?: number
  readonly trigger: RunClass
  /** The backfill that they belong to: of class backfill, and of no other. */
  readonly backfill?: number
  readonly runs: readonly NewRun[]
  readonly params: Readonly<Record<string, Json>>
  readonly actor: Actor
  /** Tasks that are not run: those below go on as if they had succeeded. */
  readonly without?: readonly string[]
  /** Notified when the runs are committed; on the others who calls notifies (rule 4). */
  readonly notifies: readonly Channel[]
}

export interface CreatedRuns {
  /** Keys of the runs that were made; the others have a run already (rule 11). */
  readonly made: readonly RunKey[]
  /** How many tasks became runnable. */
  readonly released: number
}

const createSql = `
select made, released, (
  select count(pg_notify(channel, '')) from unnest($11::text[]) channel where channel <> '${channels.ready}' or released > 0)
from (select p.id from sluice.pipeline p where p.id = $1 and ($13::int is null or (p.active and p.definition = $13)) offset 0) p
cross join lateral sluice.create_runs(p.id, $2, $3, $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text::jsonb, $10, $12::text[])`

/** Creates the runs with all their tasks and begins those that there is room for. */
export async function createRuns(
  db: Queryable,
  { pipeline, definition, trigger, backfill, runs, params, actor, without, notifies }: NewRuns,
): Promise<CreatedRuns> {
  const statement = { name: 'sluice_create_runs', text: createSql }
  return await withRetry(async () => {
    const [row] = await db.query<CreatedRuns>(statement, [
      pipeline,
      trigger,
      backfill ?? null,
      runs.map(({ id }) => id),
      runs.map(({ key }) => key),
      runs.map(({ logicalTime }) => logicalTime),
      runs.map(({ interval }) => interval.start),
      runs.map(({ interval }) => interval.end),
      storableJson(params),
      actor,
      notifies,
      without ?? [],
      definition ?? null,
    ])
    return row ?? { made: [], released: 0 }
  })
}
