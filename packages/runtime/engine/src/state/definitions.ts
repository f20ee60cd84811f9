import type { DefinitionError, PipelineSpec } from '@sluice/author'
import { isSluiceError, nextTick, type Schedule } from '@sluice/core'
import { type Connection, type Pool, postgresErrors, storableText } from '@sluice/postgres'
import { channels } from './channels.ts'
import { publishUnchanged } from './unchanged-pipelines.ts'

export interface Publication {
  readonly project: string
  readonly timeZone: string
  readonly version: string
  readonly specs: readonly PipelineSpec[]
  /** Pipeline name -> its module as workers import it: absolute, or relative to the state directory. */
  readonly files: Readonly<Record<string, string>>
  /**
   * Pipeline name -> the same file relative to the project's folder, as errors name it. Default: the end of `files` after the project's
   * folder.
   */
  readonly sources?: Readonly<Record<string, string>>
  readonly errors: readonly DefinitionError[]
  /** Pipelines that the scheduler leaves alone: runs of their ticks are made by backfill. */
  readonly backfillOnly?: readonly string[]
}

/**
 * Makes a version of a project the current one, in one transaction. The same version again changes the errors alone. A pipeline that is
 * gone becomes inactive; a pipeline whose file is broken, or whose definition the database refuses, keeps its last good version. The ticks
 * of a new pipeline begin at `now`. Answers all errors of the project's definitions, those that the database found among them.
 */
export async function publishVersion(pool: Pool, publication: Publication, now: number): Promise<readonly DefinitionError[]> {
  return await pool.transaction(
    async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 7))', [publication.project])
      const [version] = await tx.query<{ id: number }>(versionSql, [publication.version])
      await tx.query(lockPoolsSql, [publication.specs.flatMap((spec) => poolsOf(publication.project, spec).map(({ name }) => name))])
      const errors = [...publication.errors]
      const unchanged = await unchangedOf(tx, publication, version?.id ?? 0)
      for (const spec of publication.specs.filter(({ name }) => !unchanged.has(name))) {
        const refused = await apart(tx, () => publishPipeline(tx, publication, spec, version?.id ?? 0, now))
        if (refused !== undefined) errors.push(refusal(publication, spec, refused))
      }
      await tx.execute(retireSql, [publication.project, publication.specs.map(({ name }) => name), errors.map(({ file }) => file)])
      await tx.execute('delete from sluice.definition_error where project = $1', [publication.project])
      for (const { file, line, column, message, next, frame } of errors) {
        const texts = [message, next, frame].map((text) => (text === null ? null : storableText(text)))
        await tx.execute(errorSql, [publication.project, file, line, column, ...texts])
      }
      await tx.query('select pg_notify($1, $2)', [channels.version, publication.version])
      return errors
    },
    { retry: { attempts: 5 } },
  )
}

/** A refusal belongs to one of them, and is found one by one. */
async function unchangedOf(tx: Connection, publication: Publication, version: number): Promise<ReadonlySet<string>> {
  const given = publication.specs
    .filter(({ name }) => publication.backfillOnly?.includes(name) !== true)
    .map((spec) => ({ spec, file: inState(publication.files[spec.name] ?? ''), source: sourceFileOf(publication, spec) }))
  let names: ReadonlySet<string> = new Set()
  const refused = await apart(tx, async () => {
    names = await publishUnchanged(tx, version, publication, given)
  })
  return refused === undefined ? names : new Set()
}

/** What the database refuses, and nothing of `act` stays. What may go well another time, as after a lost connection, is thrown. */
async function apart(tx: Connection, act: () => Promise<void>): Promise<Error | undefined> {
  await tx.query('savepoint one_pipeline')
  try {
    await act()
    await tx.query('release savepoint one_pipeline')
    return undefined
  } catch (error) {
    if (postgresErrors.unavailable.is(error) || !(error instanceof Error)) throw error
    await tx.query('rollback to savepoint one_pipeline')
    return error
  }
}

const refusal = (publication: Publication, spec: PipelineSpec, error: Error): DefinitionError => ({
  project: publication.project,
  file: sourceFileOf(publication, spec),
  line: null,
  column: null,
  message: `pipeline "${spec.name}" could not be published: ${error.message}`,
  next: (isSluiceError(error) ? error.next : undefined) ?? 'Correct the definition; the other pipelines are published.',
  frame: null,
})

/** Pools by the names that tasks have in the queue: two projects may each have a pool of one name. */
const poolsOf = (project: string, { tasks }: PipelineSpec): readonly { readonly name: string; readonly slots: number }[] => {
  const pools = tasks.flatMap(({ pool }) => (pool === null ? [] : [pool]))
  return [...new Map(pools.map(({ name, slots }) => [name, { name: `${project}:${name}`, slots }])).values()]
}

/** In the order in which a claim locks them. */
const lockPoolsSql = 'select 1 from sluice.pool where name = any($1) order by name for update'
const poolSql = 'insert into sluice.pool (name, slots) values ($1, $2) on conflict (name) do update set slots = excluded.slots'

const versionSql = `
insert into sluice.version (name) values ($1) on conflict (name) do update set name = excluded.name returning id`

const pipelineSql = `
insert into sluice.pipeline as p (project, name, cursor_at)
values ($1, $2, timestamptz 'epoch' + $3::bigint * interval '1 ms')
on conflict (project, name) do update set active = true
returning id, cursor_at as cursor, definition`

const definitionSql = `
insert into sluice.definition (pipeline, version, time_zone, file, source, spec)
values ($1, $2, $3, $4, $5, $6::jsonb)
on conflict (pipeline, version) do nothing
returning id`

const depsSql = `
insert into sluice.dep (definition, parent, child)
select def.id, parent.no, child.no
from sluice.definition def
cross join lateral jsonb_array_elements(def.spec -> 'tasks') with ordinality child(spec, no)
cross join lateral jsonb_array_elements_text(child.spec -> 'upstream') above(name)
join lateral jsonb_array_elements(def.spec -> 'tasks') with ordinality parent(spec, no) on parent.spec ->> 'name' = above.name
where def.id = $1`

const currentSql = `
update sluice.pipeline p set
  definition = def.id,
  next_tick = case when $3::bigint is null then null else timestamptz 'epoch' + $3::bigint * interval '1 ms' end,
  cursor_at = greatest(p.cursor_at, timestamptz 'epoch' + $4::bigint * interval '1 ms')
from sluice.definition def
where p.id = $1 and def.pipeline = p.id and def.version = $2`

const retireSql = `
update sluice.pipeline p set active = false, next_tick = null
from sluice.definition def
where def.id = p.definition and p.project = $1 and p.name <> all($2) and def.source <> all($3) and p.active`

const errorSql = `
insert into sluice.definition_error (project, file, line, col, message, next, frame) values ($1, $2, $3, $4, $5, $6, $7)`

const oldScheduleSql = `
select def.spec -> 'schedule' as schedule, def.time_zone as "timeZone" from sluice.definition def where def.id = $1`

/** A schedule that is new to a pipeline begins now, without the ticks of the past. An unchanged schedule continues at its cursor. */
async function publishPipeline(
  tx: Connection,
  publication: Publication,
  spec: PipelineSpec,
  versionId: number,
  now: number,
): Promise<void> {
  const { project, timeZone, files } = publication
  for (const pool of poolsOf(project, spec)) await tx.execute(poolSql, [pool.name, pool.slots])
  const [pipeline] = await tx.query<{ id: number; cursor: number; definition: number | null }>(pipelineSql, [project, spec.name, now])
  if (pipeline === undefined) return
  const [old] = await tx.query<{ schedule: Schedule | null; timeZone: string }>(oldScheduleSql, [pipeline.definition])
  const unchanged = old?.timeZone === timeZone && sameSchedule(old.schedule, spec.schedule)
  const unscheduled = publication.backfillOnly?.includes(spec.name) === true
  const cursor = unchanged && !unscheduled ? pipeline.cursor : now
  const next = spec.schedule === null || unscheduled ? undefined : nextTick(spec.schedule, cursor, timeZone)
  const file = inState(files[spec.name] ?? '')
  const source = sourceFileOf(publication, spec)
  const [definition] = await tx.query<{ id: number }>(definitionSql, [pipeline.id, versionId, timeZone, file, source, JSON.stringify(spec)])
  if (definition !== undefined) await tx.execute(depsSql, [definition.id])
  await tx.execute(currentSql, [pipeline.id, versionId, next ?? null, cursor])
}

const sameSchedule = (one: Schedule | null, other: Schedule | null): boolean =>
  one?.cron === other?.cron && one?.timeZone === other?.timeZone

const sourceFileOf = ({ files, sources }: Publication, { name }: PipelineSpec): string => sources?.[name] ?? sourceOf(files[name] ?? '')

/**
 * `/srv/.sluice/versions/<version>/...` -> `versions/<version>/...`: relative to the state directory, which may be moved, or lie elsewhere
 * on another host.
 */
const inState = (file: string): string => /(?:^|\/)(versions\/[^/]+\/.+)$/.exec(file.replaceAll('\\', '/'))?.[1] ?? file

/** `.../versions/<version>/<folder>/pipelines/x.ts` -> `pipelines/x.ts`; other paths stay. */
const sourceOf = (file: string): string => /(?:^|\/)versions\/[^/]+\/[^/]+\/(.+)$/.exec(file.replaceAll('\\', '/'))?.[1] ?? file
