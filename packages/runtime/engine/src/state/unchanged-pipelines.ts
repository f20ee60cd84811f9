import type { PipelineSpec } from '@sluice/author'
import type { Connection } from '@sluice/postgres'

export interface GivenPipeline {
  readonly spec: PipelineSpec
  readonly file: string
  readonly source: string
}

/**
 * Gives a version to the pipelines that are as they are in the database, in one statement: of 100 pipelines a saved file changes one, and
 * each of the others would take seven. Schedule and cursor stay. Answers their names.
 */
export async function publishUnchanged(
  tx: Connection,
  version: number,
  { project, timeZone }: { readonly project: string; readonly timeZone: string },
  given: readonly GivenPipeline[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ name: string }>(sql, [project, version, timeZone, JSON.stringify(given)])
  return new Set(rows.map(({ name }) => name))
}

const sql = `
with given as (
  select g.file, g.source, g.spec, p.name, p.id as pipeline, old.id as old
  from jsonb_to_recordset($4::jsonb) as g(file text, source text, spec jsonb)
  join sluice.pipeline p on p.project = $1 and p.name = g.spec ->> 'name' and p.active
  join sluice.definition old on old.id = p.definition and old.time_zone = $3 and old.spec = g.spec
  where (p.next_tick is null) = (g.spec ->> 'schedule' is null)
),
made as (
  insert into sluice.definition (pipeline, version, time_zone, file, source, spec)
  select pipeline, $2, $3, file, source, spec from given
  on conflict (pipeline, version) do nothing
  returning id, pipeline
),
deps as (
  insert into sluice.dep (definition, parent, child)
  select made.id, dep.parent, dep.child from made join given using (pipeline) join sluice.dep on dep.definition = given.old
),
current as (
  update sluice.pipeline p set definition = def.id
  from (
    select id, pipeline from made
    union all
    select known.id, known.pipeline from sluice.definition known join given using (pipeline) where known.version = $2
  ) def
  where p.id = def.pipeline and p.definition is distinct from def.id
)
select name from given`
