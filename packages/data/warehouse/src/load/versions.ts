import { boundsOf, comparedOf, entityOf } from '@sluice/author'
import { versionsSql } from '@sluice/checks'
import { bugErrors, definitionErrors } from '@sluice/core'
import { type Connection, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import type { LoadPlan, Road } from './plan.ts'
import { stage } from './statements.ts'
import { keyText, rowOf } from './superseded.ts'

/** Of a load that keeps versions. */
export interface VersionsLoad {
  readonly plan: LoadPlan
  readonly dataset: string
  readonly id: number
  /** None of its rows is in quarantine. */
  readonly isWhole: boolean
  /** `asOf` and `turn`. */
  readonly order: readonly unknown[]
}

export const forgetVersions = 'delete from public.sluice_versions where dataset = $1'

const touched = 'pg_temp.sluice_touched'
const wanted = 'pg_temp.sluice_wanted'

/** What earlier loads have brought goes; the versions of it are made again with those of the next rows. */
export async function takeBackVersions(tx: Connection, plan: LoadPlan, earlier: readonly number[]): Promise<void> {
  await tx.query(ensureTouched(plan))
  if (earlier.length === 0) return
  const { entity, cellOf } = partsOf(plan)
  await tx.query(
    `with gone as (delete from public.sluice_versions where load_id = any($1::bigint[]) returning entity, "row")
     insert into ${touched} (${quoteColumns(entity)}, sluice_entity)
     select distinct ${entity.map(cellOf).join(', ')}, gone.entity from gone, jsonb_populate_record(null::${quoteTable(plan.table.name)}, gone."row") old`,
    [earlier],
  )
}

/**
 * Adds what is staged to what was seen, and brings the table to the versions that are made of all of it: rows that stay as they are are not
 * touched, so that what refers to them goes on doing so. @throws `definition.invalid` for rows of the table that did not come as versions
 */
export async function writeVersions(tx: Connection, road: Road, load: VersionsLoad): Promise<void> {
  const { plan, dataset, id, isWhole, order } = load
  const { target, entity, isAll, ofEntity, typedOf } = partsOf(plan)
  await tx.query(ensureTouched(plan))
  await tx.query(forgetDead(target), [dataset, id])
  const staged = entity.map((name) => typedOf(road, name))
  await tx.query(
    `insert into ${touched} (${quoteColumns(entity)}, sluice_entity) select distinct ${staged.join(', ')}, ${ofEntity(staged)} from ${stage}`,
  )
  await tx.query(
    `insert into public.sluice_versions (dataset, entity, load_id, whole, "row")
     select $1, ${ofEntity(staged)}, $2::bigint, $3::boolean, ${rowOf(plan, road)} from ${stage}`,
    [dataset, id, isWhole],
  )
  await refuseStrangers(tx, load)
  const rows = seenSql(plan)
  const values = isAll ? rows : `${rows} and v.entity in (select sluice_entity from ${touched})`
  await tx.query(`create temporary table sluice_wanted on commit drop as select * from (${wantedSql(plan, values)}) as versions`, [
    id,
    dataset,
    ...order,
  ])
  await bring(tx, plan)
  await tx.query(`drop table ${wanted}`)
}

/** Loads whose table was dropped, or emptied by hand, have shown nothing of the one that is there. */
const forgetDead = (target: string): string =>
  `delete from public.sluice_versions v where v.dataset = $1 and v.load_id <> $2::bigint and not exists (
     select from public.sluice_loads l where l.id = v.load_id and exists (select from ${target}) and ${isOfTable(target)}
   )`

const isOfTable = (target: string): string =>
  `(l.table_oid is not distinct from ${quoteLiteral(target)}::regclass::oid or l.receipts_oid <> 'public.sluice_loads'::regclass::oid)`

async function refuseStrangers(tx: Connection, { plan, dataset, id }: VersionsLoad): Promise<void> {
  const { target, entity, isAll } = partsOf(plan)
  const [found] = await tx.query<{ rows: number }>(
    `select count(*)::integer as rows from ${target} target where ${isAll ? 'true' : ofTouched(entity)} and target.${loadColumn} <> $2::bigint
       and not exists (select from public.sluice_loads l where l.id = target.${loadColumn} and l.dataset = $1 and l.mode = 'scd2')`,
    [dataset, id],
  )
  if (found === undefined || found.rows === 0) return
  throw definitionErrors.invalid(
    `${plan.table.name} has ${found.rows} rows that did not come as versions, and nothing says what they were made of`,
    {
      facts: { dataset, rows: found.rows },
      next: 'Take them out of the table and load them as versions: a batch of rows with the time from which each held.',
    },
  )
}

/** The table holds what it is to hold. Bounds are checked at the end of it all. */
async function bring(tx: Connection, plan: LoadPlan): Promise<void> {
  const { target, entity, columns, isAll } = partsOf(plan)
  const byKey = plan.table.key.map((name) => `target.${quoteIdentifier(name)} = wanted.${quoteIdentifier(name)}`).join(' and ')
  const row = (of: string): string => `(${columns.map((name) => `${of}.${quoteIdentifier(name)}`).join(', ')})`
  await tx.query(
    `delete from ${target} target where ${isAll ? 'true' : ofTouched(entity)} and not exists (select from ${wanted} wanted where ${byKey})`,
  )
  const set = columns
    .filter((name) => !plan.table.key.includes(name))
    .map((name) => `${quoteIdentifier(name)} = wanted.${quoteIdentifier(name)}`)
  await tx.query(
    `update ${target} target set ${set.join(', ')} from ${wanted} wanted where ${byKey} and ${row('target')} is distinct from ${row('wanted')}`,
  )
  await tx.query(
    `insert into ${target} (${quoteColumns(columns)}) select ${quoteColumns(columns)} from ${wanted} wanted
     where not exists (select from ${target} target where ${byKey})`,
  )
}

const ofTouched = (entity: readonly string[]): string =>
  `exists (select from ${touched} touched where ${entity.map((name) => `touched.${quoteIdentifier(name)} = target.${quoteIdentifier(name)}`).join(' and ')})`

const ensureTouched = (plan: LoadPlan): string => {
  const { target, entity } = partsOf(plan)
  return `create temporary table if not exists sluice_touched on commit drop as
    select ${quoteColumns(entity)}, null::text as sluice_entity from ${target} where false`
}

/** What was seen; $1 load id, $2 dataset, $3 and $4 the order of the load, which has no receipt yet. */
function seenSql(plan: LoadPlan): string {
  const { target, cellOf } = partsOf(plan)
  const cells = plan.columns.map(({ name }) => `${cellOf(name)} as ${quoteIdentifier(name)}`)
  return `select ${cells.join(', ')}, v.load_id as ${quoteIdentifier(loadColumn)}, v.whole as sluice_whole,
      coalesce(l.as_of, to_timestamp($3::numeric / 1000)) as sluice_as_of, coalesce(l.turn, $4::bigint) as sluice_turn
    from public.sluice_versions v left join public.sluice_loads l on l.id = v.load_id
    cross join lateral jsonb_populate_record(null::${target}, v."row") old
    where v.dataset = $2 and (v.load_id = $1::bigint or l.id is not null)`
}

/**
 * What the versions would be if a load had brought the good rows of `sluice_ranked` in the place of its own, and what stands of the same
 * entities, as SQL for a comparison: nothing is written.
 * @param load its id, and its order as it is compared in SQL
 */
export function versionsWithout(plan: LoadPlan, load: { readonly id: number; readonly order: readonly [asOf: string, turn: string] }) {
  const { target, entity, columns, isAll, cellOf } = partsOf(plan)
  const names = plan.columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const good = 'sluice_ranked made where made.sluice_rule is null and made.sluice_place = 1'
  const observed = `public.sluice_versions v cross join lateral jsonb_populate_record(null::${target}, v."row") old`
  const cells = plan.columns.map(({ name }) => cellOf(name)).join(', ')
  const ofEntities = (of: string): string =>
    isAll
      ? 'true'
      : `exists (select from sluice_entities e where ${entity.map((name) => `e.${quoteIdentifier(name)} = ${of}.${quoteIdentifier(name)}`).join(' and ')})`
  const [asOf, turn] = load.order
  const shown = columns.filter((name) => name !== loadColumn)
  return {
    columns: shown,
    ctes: `sluice_entities as materialized (
        select ${entity.map(cellOf).join(', ')} from ${observed} where v.load_id = ${load.id}
        union select ${quoteColumns(entity)} from ${good}
      ), sluice_observed as (
        select ${cells}, v.load_id as ${quoteIdentifier(loadColumn)}, v.whole as sluice_whole, l.as_of as sluice_as_of, l.turn as sluice_turn
        from ${observed} join public.sluice_loads l on l.id = v.load_id
        where v.dataset = (select dataset from public.sluice_loads where id = ${load.id}) and v.load_id <> ${load.id} and ${isOfTable(target)}
        union all select ${names}, ${load.id}, not exists (select from sluice_ranked where sluice_rule is not null or sluice_place > 1),
          ${quoteLiteral(asOf)}::timestamptz, ${quoteLiteral(turn)}::bigint from ${good}
      ), `,
    would: `select ${quoteColumns(shown)} from (${wantedSql(plan, 'select * from sluice_observed')}) as made where ${ofEntities('made')}`,
    standsWhere: ` where ${ofEntities('target')}`,
  }
}

function wantedSql({ table, columns }: LoadPlan, seen: string): string {
  const { versions, order } = table.facts
  if (versions === undefined)
    throw bugErrors.unreachable(`${table.name} keeps no versions`, { next: 'Nothing was written. Please report this.' })
  return versionsSql({
    seen,
    columns: columns.map(({ name }) => name),
    entity: entityOf(table),
    from: versions.from,
    to: versions.to,
    current: versions.current,
    deleted: versions.deleted,
    compared: comparedOf(table).filter((name) => columns.some((column) => column.name === name)),
    order,
    batch: {
      column: loadColumn,
      asOf: 'sluice_as_of',
      latest: ['sluice_as_of', 'sluice_turn', loadColumn],
      whole: versions.missing === 'close' ? 'sluice_whole' : undefined,
    },
    quote: (name) => quoteIdentifier(name),
  })
}

function partsOf({ table, columns }: LoadPlan) {
  const entity = entityOf(table)
  return {
    target: quoteTable(table.name),
    entity,
    /** All columns that a version has from its load. */
    columns: [...columns.map(({ name }) => name), ...boundsOf(table), loadColumn],
    /** A batch that shows all there is concerns all there is. */
    isAll: table.facts.versions?.missing === 'close',
    ofEntity: (values: readonly string[]): string => keyText({ key: entity, columns: table.columns }, values),
    typedOf: ({ typed }: Road, name: string): string => typed[columns.findIndex((column) => column.name === name)] ?? 'null',
    /** A value of what was seen, of the table's type. */
    cellOf: (name: string): string =>
      table.columns[name]?.type.kind === 'json' ? `("row" ->> ${quoteLiteral(name)})::jsonb` : `old.${quoteIdentifier(name)}`,
  }
}
