import type { PipelineSpec } from '@sluice/author'
import { type Interval, type Json, notFound, type RunKey, type SluiceError } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { Page, RunDetail, RunFilter, RunState, RunSummary, TaskRunSummary, TaskState } from '../api.ts'

interface RunRow {
  readonly id: string
  readonly project: string
  readonly pipeline: string
  readonly key: RunKey
  readonly trigger: RunSummary['trigger']
  readonly state: RunState
  readonly version: string
  readonly logicalTime: number
  readonly intervalStart: number
  readonly intervalEnd: number
  readonly params: Readonly<Record<string, Json>>
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly tasks: Readonly<Partial<Record<TaskState, number>>> | null
}

const selectRun = `
select r.id, p.project, p.name as pipeline, r.key, r.trigger, r.state, v.name as version, r.logical_time as "logicalTime",
  r.interval_start as "intervalStart", r.interval_end as "intervalEnd", r.params, r.created_at as "createdAt", r.started_at as "startedAt",
  r.ended_at as "endedAt",
  (select json_object_agg(s.state, s.n) from (
    select t.state, count(*) as n from sluice.task_run t where t.run = r.id group by t.state) s) as tasks
from sluice.run r
join sluice.pipeline p on p.id = r.pipeline
join sluice.definition def on def.id = r.definition
join sluice.version v on v.id = def.version`

const byIdsSql = `${selectRun} where r.id = any($1) order by r.id desc`

export const runSummaries = async (db: Queryable, ids: readonly string[]): Promise<readonly RunSummary[]> =>
  ids.length === 0 ? [] : (await db.query<RunRow>({ name: 'sluice_runs_by_id', text: byIdsSql }, [ids])).map(toRun)

/** @throws `not_found` */
export async function findRun(db: Queryable, id: string): Promise<RunSummary> {
  const [run] = await runSummaries(db, [id])
  if (run === undefined) throw unknownRun(id)
  return run
}

export const unknownRun = (id: string): SluiceError =>
  notFound(`there is no run ${id}`, { facts: { run: id }, next: 'List the runs with "sluice runs list".' })

const listSql = `${selectRun}
where ($1::text is null or p.project = $1) and ($2::text is null or p.name = $2) and ($3::text is null or r.state = $3)
  and ($4::text is null or r.id < $4)
order by r.id desc limit $5`

/** Newest first. Ids sort by time, so a page begins below the last id of the page before. */
export async function listRuns(db: Queryable, filter: RunFilter): Promise<Page<RunSummary>> {
  const limit = Math.max(1, Math.min(filter.limit ?? 50, 1_000))
  const rows = await db.query<RunRow>(listSql, [
    filter.project ?? null,
    filter.pipeline ?? null,
    filter.state ?? null,
    filter.cursor ?? null,
    limit + 1,
  ])
  const items = rows.slice(0, limit).map(toRun)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

const tasksSql = `
select t.task, t.map_index as "mapIndex", t.kind, t.state, t.attempt, t.generation, t.queued_at as "queuedAt",
  case t.state when 'queued' then t.run_at end as "runAt", t.started_at as "startedAt", t.ended_at as "endedAt",
  t.error, t.reason, t.output
from sluice.task_run t where t.run = $1 order by t.no, t.map_index`

const specSql = `
select def.spec from sluice.run r join sluice.definition def on def.id = r.definition where r.id = $1`

/** The graph a run began with (rule 12). */
export async function specOfRun(db: Queryable, id: string): Promise<PipelineSpec> {
  const [row] = await db.query<{ spec: PipelineSpec }>(specSql, [id])
  if (row === undefined) throw unknownRun(id)
  return row.spec
}

export async function runDetail(db: Queryable, id: string): Promise<RunDetail> {
  const [run, spec, tasks] = await Promise.all([
    findRun(db, id),
    specOfRun(db, id),
    db.query<Omit<TaskRunSummary, 'group' | 'upstream'>>(tasksSql, [id]),
  ])
  const specs = new Map(spec.tasks.map((task) => [task.name, task]))
  return {
    ...run,
    taskRuns: tasks.map((task) => ({
      ...task,
      group: specs.get(task.task)?.group ?? null,
      upstream: specs.get(task.task)?.upstream ?? [],
    })),
  }
}

const byKeysSql = `select r.id, r.key from sluice.run r where r.pipeline = $1 and r.key = any($2)`

/** Run ids by key, for the keys that have a run. */
export async function runsByKey(db: Queryable, pipeline: number, keys: readonly RunKey[]): Promise<ReadonlyMap<RunKey, string>> {
  const rows = await db.query<{ id: string; key: RunKey }>(byKeysSql, [pipeline, keys])
  return new Map(rows.map(({ id, key }) => [key, id]))
}

const toRun = (row: RunRow): RunSummary => {
  const { intervalStart, intervalEnd, tasks, ...rest } = row
  const interval: Interval = { start: intervalStart, end: intervalEnd }
  return { ...rest, interval, tasks: tasks ?? {} }
}
