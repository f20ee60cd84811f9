import type { PipelineSpec } from '@sluice/author'
import { type Actor, type Interval, type Json, notFound, type RunKey, type SluiceError } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { Page, RunDetail, RunFilter, RunState, RunSummary, TaskPage, TaskRunSummary, TaskState } from '../api.ts'
import { whyItWaits } from '../plan/why-it-waits.ts'
import { waitFacts } from './wait-facts.ts'

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
  readonly actor: Actor
  readonly changedBy: Actor | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly tasks: Readonly<Partial<Record<TaskState, number>>> | null
}

const selectRun = `
select r.id, p.project, p.name as pipeline, r.key, r.trigger, r.state, v.name as version, r.logical_time as "logicalTime",
  r.interval_start as "intervalStart", r.interval_end as "intervalEnd", r.params, r.actor, r.changed_by as "changedBy", r.created_at as "createdAt", r.started_at as "startedAt",
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

/** Of one id the server keeps the plan: to plan it for each run took more than half of the time. */
const byIdSql = `${selectRun} where r.id = $1`

/** @throws `not_found` */
export async function findRun(db: Queryable, id: string): Promise<RunSummary> {
  const [run] = await db.query<RunRow>({ name: 'sluice_run_by_id', text: byIdSql }, [id])
  if (run === undefined) throw unknownRun(id)
  return toRun(run)
}

export const unknownRun = (id: string): SluiceError =>
  notFound(`there is no run ${id}`, { facts: { run: id }, next: 'List the runs with "sluice runs list".' })

/** Behind the id of any run. */
const lastId = '~'

/**
 * The newest runs of each pipeline that is asked for, by an index that begins with the pipeline: without runs, or with few among a million,
 * the page costs no more. Ranges of rows say so, since no other index has their order: told `pipeline = 7` the server may walk all runs by
 * their ids, in the hope that some of the first belong to it.
 */
const ofPipelinesSql = (inState: boolean): string => {
  const [columns, from, to] = inState
    ? ['r.pipeline, r.state, r.id', "q.id, $5, ''", 'q.id, $5, $3']
    : ['r.pipeline, r.id', "q.id, ''", 'q.id, $3']
  const newest = `
  select n.id from sluice.pipeline q cross join lateral (
    select r.id from sluice.run r where (${columns}) >= (${from}) and (${columns}) < (${to})
    order by ${columns.replaceAll(/(\w+)(?=,|$)/g, '$1 desc')} limit $4
  ) n
  where ($1::text[] is null or q.project = any($1)) and ($2::text is null or q.name = $2)
  order by n.id desc limit $4`
  return `${selectRun} where r.id = any(array(${newest})) order by r.id desc`
}

const ofAllSql = `${selectRun} where r.id < $1 order by r.id desc limit $2`

/** One page of a list, as a statement. */
export function pageStatement(
  { project, projects = project === undefined ? undefined : [project], pipeline, state, cursor = lastId }: RunFilter,
  limit: number,
): readonly [string, readonly unknown[]] {
  if (projects === undefined && pipeline === undefined && state === undefined) return [ofAllSql, [cursor, limit]]
  const parameters = [projects ?? null, pipeline ?? null, cursor, limit]
  return state === undefined ? [ofPipelinesSql(false), parameters] : [ofPipelinesSql(true), [...parameters, state]]
}

/** Newest first. Ids sort by time, so a page begins below the last id of the page before. */
export async function listRuns(db: Queryable, filter: RunFilter): Promise<Page<RunSummary>> {
  const limit = Math.max(1, Math.min(filter.limit ?? 50, 1_000))
  const [text, parameters] = pageStatement(filter, limit + 1)
  const rows = await db.query<RunRow>(text, parameters)
  const items = rows.slice(0, limit).map(toRun)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

export const taskColumns = `t.task, t.map_index as "mapIndex", t.kind, t.state, t.attempt, t.generation, t.queued_at as "queuedAt",
  case t.state when 'queued' then t.run_at end as "runAt", t.started_at as "startedAt", t.ended_at as "endedAt",
  t.error, t.reason, t.output`

/** A task run is left out once what those before it gave and failed with makes an answer that nobody reads. */
const mostBytes = 8_000_000

/** Nobody counts where all are asked for. */
const size = `case when $5::bigint is null then 0 else coalesce(octet_length(t.output::text), 0) + coalesce(octet_length(t.error::text), 0) end`

const tasksSql = `
select s.* from (
  select ${taskColumns}, t.no, sum(${size}) over o - ${size} as before
  from sluice.task_run t
  where t.run = $1 and (t.no, coalesce(t.map_index, -1)) > ($2, $3)
  window o as (order by t.no, coalesce(t.map_index, -1))
  order by t.no, coalesce(t.map_index, -1) limit $4
) s
where $5::bigint is null or s.before < $5
order by s.no, coalesce(s."mapIndex", -1)`

const endSql = 'select r.state, r.ended_at as "endedAt" from sluice.run r where r.id = $1'

/** What a waiter asks again and again. @throws `not_found` */
export async function endOfRun(db: Queryable, id: string): Promise<Pick<RunSummary, 'state' | 'endedAt'>> {
  const [row] = await db.query<Pick<RunSummary, 'state' | 'endedAt'>>({ name: 'sluice_end_of_run', text: endSql }, [id])
  if (row === undefined) throw unknownRun(id)
  return row
}

const specSql = `
select def.spec from sluice.run r join sluice.definition def on def.id = r.definition where r.id = $1`

/** The graph a run began with (rule 12). */
export async function specOfRun(db: Queryable, id: string): Promise<PipelineSpec> {
  const [row] = await db.query<{ spec: PipelineSpec }>({ name: 'sluice_run_spec', text: specSql }, [id])
  if (row === undefined) throw unknownRun(id)
  return row.spec
}

/** Where a page of task runs begins: after this one. */
const cursorOf = ({ no, mapIndex }: { readonly no: number; readonly mapIndex: number | null }): string => `${no}.${mapIndex ?? -1}`

/** A run with its task runs: all of them, or a page. The run is read first: if it has ended, so have the tasks read after it. */
export async function runDetail(db: Queryable, id: string, page?: TaskPage): Promise<RunDetail> {
  const [no = 0, mapIndex = -1] = (page?.cursor ?? '').split('.').map(Number)
  const limit = page === undefined ? null : page.limit + 1
  const run = await findRun(db, id)
  const [spec, rows] = await Promise.all([
    specOfRun(db, id),
    db.query<Omit<TaskRunSummary, 'group' | 'upstream' | 'waitsFor'> & { readonly no: number; readonly before: unknown }>(
      { name: 'sluice_run_tasks', text: tasksSql },
      [id, Number.isFinite(no) ? no : 0, Number.isFinite(mapIndex) ? mapIndex : -1, limit, page === undefined ? null : mostBytes],
    ),
  ])
  const specs = new Map(spec.tasks.map((task) => [task.name, task]))
  const shown = page === undefined ? rows : rows.slice(0, page.limit)
  const waiting = shown.filter(({ state }) => state === 'waiting' || state === 'queued')
  const pools = new Set(waiting.flatMap(({ task }) => specs.get(task)?.pool?.name ?? []))
  const facts = waiting.length === 0 ? undefined : await waitFacts(db, id, [...pools])
  const last = shown.at(-1)
  const more = page !== undefined && last !== undefined && (rows.length > shown.length || (await hasMore(db, id, last)))
  return {
    ...run,
    taskRuns: shown.map(({ no: _, before: __, ...task }) => ({
      ...task,
      group: specs.get(task.task)?.group ?? null,
      upstream: specs.get(task.task)?.upstream ?? [],
      waitsFor: facts === undefined ? null : whyItWaits({ ...task, pool: specs.get(task.task)?.pool?.name ?? null }, facts),
    })),
    nextTasks: more ? cursorOf(last) : null,
  }
}

const moreSql = `
select exists (select from sluice.task_run t where t.run = $1 and (t.no, coalesce(t.map_index, -1)) > ($2, $3)) as more`

async function hasMore(db: Queryable, id: string, last: { readonly no: number; readonly mapIndex: number | null }): Promise<boolean> {
  const [row] = await db.query<{ more: boolean }>({ name: 'sluice_more_tasks', text: moreSql }, [id, last.no, last.mapIndex ?? -1])
  return row?.more === true
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
