import { notFound, requestErrors, type SluiceError } from '@sluice/core'
import { type By, byOwner, type Connection, changingTogether, type Pool, type Queryable } from '@sluice/postgres'
import type { BackfillFilter, BackfillState, BackfillSummary, Page, RunState } from '../api.ts'
import { cancelRuns, stampRuns } from './change-run.ts'
import { admit } from './finish.ts'

interface BackfillRow extends Omit<BackfillSummary, 'interval' | 'state' | 'endedAt' | 'runs'> {
  readonly pipelineId: number
  readonly intervalStart: number
  readonly intervalEnd: number
  readonly paused: boolean
  readonly cancelledAt: number | null
  readonly lastEndedAt: number | null
  readonly runs: Readonly<Partial<Record<RunState, number>>> | null
}

/** Counted from its runs: nothing is stored that could differ from them. */
const selectBackfill = `
select b.id, p.id as "pipelineId", p.project, p.name as pipeline, b.interval_start as "intervalStart", b.interval_end as "intervalEnd",
  b.reprocess, b.max_active_runs as "maxActiveRuns", b.paused, b.cancelled_at as "cancelledAt", b.created_at as "createdAt",
  b.actor, b.changed_by as "changedBy",
  counted.runs, counted.last as "lastEndedAt",
  array(select r.id from sluice.run r where r.backfill = b.id and r.state = 'failed' order by r.logical_time, r.id limit 20) as "failedRuns"
from sluice.backfill b join sluice.pipeline p on p.id = b.pipeline
cross join lateral (
  select json_object_agg(s.state, s.n) as runs, max(s.last) as last from (
    select r.state, count(*) as n, max(r.ended_at) as last from sluice.run r where r.backfill = b.id group by r.state) s
) counted`

const listSql = `${selectBackfill}
where ($1::text[] is null or p.project = any($1)) and ($2::text is null or p.name = $2) and ($3::int is null or b.id < $3)
order by b.id desc limit $4`

/** Newest first. */
export async function listBackfills(db: Queryable, filter: BackfillFilter): Promise<Page<BackfillSummary>> {
  const limit = Math.max(1, Math.min(filter.limit ?? 50, 1_000))
  const before = filter.cursor === undefined ? null : idOf(filter.cursor)
  const rows = await db.query<BackfillRow>(listSql, [
    filter.projects ?? (filter.project === undefined ? null : [filter.project]),
    filter.pipeline ?? null,
    before,
    limit + 1,
  ])
  const items = rows.slice(0, limit).map(toBackfill)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? String(last.id) : null }
}

function idOf(cursor: string): number {
  const id = Number(cursor)
  if (Number.isSafeInteger(id) && id > 0) return Math.min(id, most)
  throw requestErrors.invalid(`"${cursor}" is not a cursor of this list`, { next: 'Take the one that the page before answered.' })
}

const most = 2 ** 31 - 1
const byIdSql = `${selectBackfill} where b.id = $1`

/** @throws `not_found` */
export const findBackfill = async (db: Queryable, id: number): Promise<BackfillSummary> => toBackfill(await rowOf(db, id))

async function rowOf(db: Queryable, id: number): Promise<BackfillRow> {
  const [row] = id <= most ? await db.query<BackfillRow>({ name: 'sluice_backfill', text: byIdSql }, [id]) : []
  if (row === undefined) {
    throw notFound(`there is no backfill ${id}`, { facts: { backfill: id }, next: 'List the backfills with "sluice backfills list".' })
  }
  return row
}

const lockSql = 'select 1 from sluice.pipeline where id = (select b.pipeline from sluice.backfill b where b.id = $1) for no key update'

/** A backfill that goes on, under the lock of its pipeline: nobody else changes it meanwhile. @throws `request.invalid` */
async function lockGoing(tx: Connection, id: number): Promise<BackfillRow> {
  if (id <= most) await tx.query(lockSql, [id])
  const row = await rowOf(tx, id)
  refuseEnded(toBackfill(row))
  return row
}

const pauseSql = 'update sluice.backfill set paused = $2, changed_by = $3 where id = $1'

/** Answers how many tasks became runnable. @throws `request.invalid` for a backfill that has ended or was cancelled */
export async function pauseBackfill(pool: Pool, id: number, paused: boolean, by: By = byOwner): Promise<number> {
  return await changingTogether(pool, by, async (tx) => {
    const { pipelineId, cancelledAt } = await lockGoing(tx, id)
    // What it has running is being stopped.
    if (cancelledAt !== null) throw hasEnded(id, 'cancelled')
    await tx.execute(pauseSql, [id, paused, by.actor])
    return paused ? 0 : await admit(tx, [pipelineId])
  })
}

const cancelSql = 'update sluice.backfill set cancelled_at = now(), paused = false, changed_by = $2 where id = $1'
const openSql = "select r.id from sluice.run r where r.backfill = $1 and r.state in ('queued', 'running')"

/** Cancels all runs of the backfill that have not ended. Answers how many tasks of others became runnable. @throws as `pauseBackfill` */
export async function cancelBackfill(pool: Pool, id: number, by: By = byOwner): Promise<number> {
  return await changingTogether(pool, by, async (tx) => {
    const { pipelineId } = await lockGoing(tx, id)
    await tx.execute(cancelSql, [id, by.actor])
    const runs = (await tx.query<{ id: string }>(openSql, [id])).map((run) => run.id)
    await cancelRuns(tx, runs)
    await stampRuns(tx, runs, by.actor)
    return await admit(tx, [pipelineId])
  })
}

function refuseEnded({ id, state, endedAt }: BackfillSummary): void {
  if (endedAt !== null) throw hasEnded(id, state)
}

const hasEnded = (backfill: number, state: BackfillState): SluiceError =>
  requestErrors.invalid(`backfill ${backfill} has ended already: ${state}`, {
    facts: { backfill, state },
    next: 'To run its ticks again: sluice pipelines backfill with --reprocess.',
  })

function toBackfill(row: BackfillRow): BackfillSummary {
  const { pipelineId: _, intervalStart: start, intervalEnd: end, paused, cancelledAt, lastEndedAt, ...rest } = row
  const runs = row.runs ?? {}
  const open = (runs.queued ?? 0) + (runs.running ?? 0) > 0
  return { ...rest, interval: { start, end }, runs, state: stateOf(runs, open, row), endedAt: open ? null : (lastEndedAt ?? cancelledAt) }
}

function stateOf(runs: BackfillSummary['runs'], open: boolean, { paused, cancelledAt }: BackfillRow): BackfillState {
  if (open) return paused ? 'paused' : 'running'
  if (cancelledAt !== null) return 'cancelled'
  if ((runs.failed ?? 0) > 0) return 'failed'
  return (runs.cancelled ?? 0) > 0 ? 'cancelled' : 'success'
}
