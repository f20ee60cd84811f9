import { type Instant, type Interval, type RunKey, requestErrors, type SluiceError } from '@sluice/core'
import type { Pool } from '@sluice/postgres'
import { channels } from './channels.ts'

export interface BackfillChanges {
  readonly pipeline: number
  readonly create: readonly { readonly id: string; readonly key: RunKey; readonly logicalTime: Instant; readonly interval: Interval }[]
  /** Runs that begin a new generation of all their tasks, with the newest version. */
  readonly clear: readonly string[]
}

const lockPipelineSql = 'select 1 from sluice.pipeline where id = $1 for no key update'
const lockRunsSql = 'select 1 from sluice.run where id = any($1) order by id for no key update'

const createSql = `
with made as materialized (
  select n.key, sluice.create_run(n.id, $1, n.key, 'backfill', n.logical, n.starts, n.ends, '{}') as released
  from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) n(id, key, logical, starts, ends)
)
select key, released from made where released is not null`

const renewSql = `select sluice.renew(r.id) from unnest($1::text[]) r(id)`

/** Tasks of its version; those that an earlier one had alone are history. */
const clearSql = `
select r.id, sluice.reset_tasks(r.id, array(
  select t ->> 'name' from sluice.definition def, jsonb_array_elements(def.spec -> 'tasks') t where def.id = r.definition
), true, false, null, null) as released
from sluice.run r where r.id = any($1::text[]) order by r.id`

/**
 * All changes or none. Answers the keys of the runs it made: another process may have been faster with a tick.
 * @throws `request.invalid` while a task of a run to be cleared is running
 */
export async function applyBackfill(pool: Pool, { pipeline, create, clear }: BackfillChanges): Promise<ReadonlySet<RunKey>> {
  return await pool.transaction(
    async (tx) => {
      // The order of locks of finish.ts.
      await tx.query(lockPipelineSql, [pipeline])
      await tx.query(lockRunsSql, [clear])
      const made = await tx.query<{ key: RunKey; released: number }>(createSql, [
        pipeline,
        create.map(({ id }) => id),
        create.map(({ key }) => key),
        create.map(({ logicalTime }) => logicalTime),
        create.map(({ interval }) => interval.start),
        create.map(({ interval }) => interval.end),
      ])
      await tx.query(renewSql, [clear])
      const cleared = await tx.query<{ id: string; released: number | null }>(clearSql, [clear])
      const running = cleared.filter(({ released }) => released === null).map(({ id }) => id)
      if (running.length > 0) throw stillRunning(running)
      await tx.query(`select pg_notify('${channels.run}', '')`)
      if ([...made, ...cleared].some(({ released }) => released !== 0)) await tx.query(`select pg_notify('${channels.ready}', '')`)
      return new Set(made.map(({ key }) => key))
    },
    { retry: { attempts: 5 } },
  )
}

const stillRunning = (runs: readonly string[]): SluiceError =>
  requestErrors.invalid(`tasks of these runs are running, so nothing was changed: ${runs.join(', ')}`, {
    facts: { runs },
    next: 'Wait until they have ended, or cancel these runs first.',
  })
