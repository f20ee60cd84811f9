import type { DefinitionError, PipelineSpec } from '@sluice/author'
import { type Actor, type Instant, notFound, requestErrors, type Schedule } from '@sluice/core'
import { type Queryable, withRetry } from '@sluice/postgres'
import type { PipelineDetail, PipelineRef, RunSummary } from '../api.ts'
import { runSummaries } from './runs.ts'

interface PipelineRow {
  readonly id: number
  readonly project: string
  readonly name: string
  readonly paused: boolean
  readonly spec: PipelineSpec
  readonly timeZone: string
  readonly version: string
  readonly nextTick: number | null
  readonly lastRun: string | null
  readonly changedBy: Actor | null
  readonly cursor: number
}

export interface FoundPipeline extends PipelineDetail {
  readonly id: number
}

const listSql = `
select p.id, p.project, p.name, p.paused, def.spec, def.time_zone as "timeZone", v.name as version, p.next_tick as "nextTick", p.changed_by as "changedBy",
  (select r.id from sluice.run r where r.pipeline = p.id order by r.id desc limit 1) as "lastRun"
from sluice.pipeline p
join sluice.definition def on def.id = p.definition
join sluice.version v on v.id = def.version
where p.active and ($1::text is null or p.project = $1) and ($2::text is null or p.name = $2)
order by p.project, p.name`

export async function listPipelines(db: Queryable, project?: string, name?: string): Promise<readonly FoundPipeline[]> {
  const rows = await db.query<PipelineRow>(listSql, [project ?? null, name ?? null])
  const last = rows.flatMap(({ lastRun }) => lastRun ?? [])
  const runs = new Map((await runSummaries(db, last)).map((run) => [run.id, run]))
  return rows.map((row) => toPipeline(row, row.lastRun === null ? undefined : runs.get(row.lastRun)))
}

/** @throws `not_found`, also with the choices when several projects have a pipeline of that name. */
export async function findPipeline(db: Queryable, ref: PipelineRef): Promise<FoundPipeline> {
  const found = await listPipelines(db, ref.project, ref.pipeline)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (found.length > 1) {
    throw requestErrors.invalid(`several projects have a pipeline ${ref.pipeline}`, {
      facts: { projects: found.map(({ project }) => project) },
      next: `Name the project: ${found.map(({ project }) => project).join(' or ')}.`,
    })
  }
  const where = ref.project === undefined ? '' : ` in project ${ref.project}`
  throw notFound(`there is no pipeline ${ref.pipeline}${where}`, {
    facts: { ...ref },
    next: 'List the pipelines with "sluice pipelines list"; "sluice pipelines errors" lists files that do not load. A running Sluice learns of a new project when it is started again.',
  })
}

/** What a new run needs to know of its pipeline. */
export interface Runnable {
  readonly id: number
  /** What is said here is true while the pipeline has this definition. */
  readonly definition: number
  readonly name: string
  readonly params: PipelineSpec['params']
  readonly schedule: Schedule | null
  readonly timeZone: string
}

const runnableSql = `
select p.id, p.definition, p.name, coalesce(def.spec -> 'params', '{}') as params, def.spec -> 'schedule' as schedule,
  coalesce(def.spec -> 'schedule' ->> 'timeZone', def.time_zone) as "timeZone"
from sluice.pipeline p
join sluice.definition def on def.id = p.definition
where p.active and ($1::text is null or p.project = $1) and p.name = $2
limit 2`

/** One prepared statement, which reads neither the graph nor the last run: `trigger` waits for it. @throws as `findPipeline` does. */
export async function findRunnable(db: Queryable, ref: PipelineRef): Promise<Runnable> {
  const found = await db.query<Runnable>({ name: 'sluice_runnable', text: runnableSql }, [ref.project ?? null, ref.pipeline])
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const { project, name } = await findPipeline(db, ref)
  return await findRunnable(db, { project, pipeline: name })
}

function toPipeline(row: PipelineRow, lastRun: RunSummary | undefined): FoundPipeline {
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    description: row.spec.description,
    paused: row.paused,
    schedule: row.spec.schedule?.cron ?? null,
    timeZone: row.spec.schedule?.timeZone ?? row.timeZone,
    tags: row.spec.tags,
    version: row.version,
    nextTick: row.paused ? null : row.nextTick,
    lastRun: lastRun ?? null,
    changedBy: row.changedBy,
    spec: row.spec,
  }
}

const errorsSql = `
select project, file, line, col as "column", message, next, frame from sluice.definition_error order by project, file, line`

export const listDefinitionErrors = (db: Queryable): Promise<readonly DefinitionError[]> => db.query<DefinitionError>(errorsSql)

const changedBySql = 'update sluice.pipeline set changed_by = $2 where id = $1'

/** Who changed the pipeline last. */
export const stampPipeline = async (db: Queryable, pipeline: number, actor: Actor): Promise<void> =>
  void (await db.execute(changedBySql, [pipeline, actor]))

const pauseSql = 'select sluice.set_paused($1, $2) as released'

/** Answers how many tasks became runnable. Who calls it notifies. */
export async function pausePipeline(db: Queryable, pipeline: number, paused: boolean): Promise<number> {
  return await withRetry(async () => (await db.query<{ released: number }>(pauseSql, [pipeline, paused]))[0]?.released ?? 0)
}

const rewindSql = `
update sluice.pipeline set
  cursor_at = timestamptz 'epoch' + $2::bigint * interval '1 ms', next_tick = timestamptz 'epoch' + $3::bigint * interval '1 ms'
where id = $1`

/** Ticks after the instant are to be decided; the first of them is `nextTick`. */
export async function rewindPipeline(db: Queryable, pipeline: number, to: Instant, next: Instant | undefined): Promise<void> {
  await db.execute(rewindSql, [pipeline, to, next ?? null])
}

const currentSql = `
select def.id, def.version, def.file from sluice.pipeline p join sluice.definition def on def.id = p.definition
where p.active and not p.paused order by def.version desc, def.id limit 100`

/** What pipelines run now, of the newest versions first. */
export const currentDefinitions = (
  db: Queryable,
): Promise<readonly { readonly id: number; readonly version: number; readonly file: string }[]> => db.query(currentSql)

const schedulesSql = 'select s.name, s.paused, s.schedule, s.time_zone as "timeZone" from sluice.schedules_of($1) s'

/** When the pipelines of a project run. */
export const schedulesOf = (
  db: Queryable,
  project: string,
): Promise<readonly (Pick<FoundPipeline, 'name' | 'paused' | 'timeZone'> & { readonly schedule: Schedule | null })[]> =>
  db.query(schedulesSql, [project])
