import type { AnyDataset, Column } from '@sluice/author'
import { quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import { hasOrderColumn, targetIsLater } from './order.ts'
import { type ColumnSet, keepsFirst, type LoadPlan, type Road } from './plan.ts'
import { lineColumn, stage } from './statements.ts'

/**
 * Statements over `sluice_superseded`, which keeps the rows that another load's row stands in for. Everywhere $1 is the load id, $2 the
 * dataset, $3 and $4 the order of the load (`order.ts`).
 */
export interface SupersededStatements {
  /** Into an upsert: staged rows whose key the table has from a later load are kept aside. Answers how many. */
  readonly keepBeaten: string
  /** Before an upsert, with $1 and $2: rows of the table that it is about to update. */
  readonly keepUpdated: string
  /**
   * Of an append, where the earliest row stays: rows of later loads leave the table for the quarantine. $5 the rule, $6 its columns.
   * Answers how many.
   */
  readonly moveLater: string
  /** Of a load of new keys: rows of later loads leave the table, and are kept aside. */
  readonly standAside: string
  /** Of a load of new keys, with $1 and $2: the staged rows in `sluice_bad`. */
  readonly keepAside: string
  /** Of an append, with $1 and $2: the staged rows in `sluice_bad`, which are in quarantine by now. */
  readonly keepRefused: string
}

export function supersededStatements(plan: LoadPlan, road: Road, key: ColumnSet): SupersededStatements {
  const { table } = plan
  const target = quoteTable(table.name)
  const staged = { key: keyText(table, key.staged), row: rowOf(plan, road) }
  const there = { key: keyText(table, targetColumns(key)), row: `to_jsonb(target) - '${loadColumn}'${exactly(table, 'target')}` }
  const later = laterRows(plan, road, key)
  const isLaterRow = key.columns.map((name) => `target.${quoteIdentifier(name)} = later.${quoteIdentifier(name)}`).join(' and ')
  const known = `exists (select from public.sluice_loads l where l.id = target.${loadColumn})`
  return {
    keepBeaten: `with ${later}, beaten as (
        delete from ${stage} stage using later where stage.${lineColumn} = later.${lineColumn}
        returning ${staged.key} as key, ${staged.row} as "row"
      )
      ${keep} select $2, key, $1::bigint, "row" from beaten`,
    keepUpdated: `${keep} select $2, ${there.key}, target.${loadColumn}, ${there.row}
      from ${stage} stage join ${target} target on ${matches(key)} where ${known} and target.${loadColumn} <> $1::bigint`,
    moveLater: `with ${later}, moved as (
        delete from ${target} target using later where ${isLaterRow} and target.${loadColumn} <> $1::bigint and ${known}
        returning target.${loadColumn} as load_id, ${there.key} as key, ${there.row} as "row",
          nextval(pg_get_serial_sequence('public.sluice_quarantine', 'id')) as quarantine_id
      ), told as (
        insert into public.sluice_quarantine (id, load_id, dataset, batch, generation, row_number, rule, place, cells)
        overriding system value
        select m.quarantine_id, l.id, l.dataset, l.batch, l.generation, null, $5, $6,
          (select jsonb_object_agg(e.name, e.value) from jsonb_each_text(m."row") e(name, value))
        from moved m join public.sluice_loads l on l.id = m.load_id
      ), counted as (
        update public.sluice_loads l set rows_written = l.rows_written - m.rows, rows_quarantined = l.rows_quarantined + m.rows
        from (select load_id, count(*) as rows from moved group by load_id) m where l.id = m.load_id
      )
      insert into public.sluice_superseded (dataset, key, load_id, quarantine_id, "row")
      select $2, key, load_id, quarantine_id, "row" from moved`,
    standAside: `with ${later}, moved as (
        delete from ${target} target using later where ${isLaterRow} and target.${loadColumn} <> $1::bigint and ${known}
        returning target.${loadColumn} as load_id, ${there.key} as key, ${there.row} as "row"
      )
      ${keep} select $2, key, load_id, "row" from moved`,
    keepAside: `${keep} select $2, ${staged.key}, $1::bigint, ${staged.row}
      from pg_temp.sluice_bad bad join ${stage} stage on stage.${lineColumn} = bad.line`,
    keepRefused: `insert into public.sluice_superseded (dataset, key, load_id, quarantine_id, "row")
      select $2, ${staged.key}, $1::bigint, q.id, ${staged.row}
      from pg_temp.sluice_bad bad join ${stage} stage on stage.${lineColumn} = bad.line
      join public.sluice_quarantine q on q.load_id = $1::bigint and q.row_number = bad.line`,
  }
}

/**
 * Two common table expressions, of which `later` has the keys of the rows of the table that come later in order than the staged row under
 * their key, and its line. Keys are met first: beside the condition of the order PostgreSQL reads and hashes a whole table for 1 % of its
 * keys (4 M rows: 6 s in place of 0.4 s).
 */
function laterRows(plan: LoadPlan, road: Road, key: ColumnSet): string {
  const { name, facts } = plan.table
  const byColumn = facts.order === undefined || key.columns.includes(facts.order) ? [] : [facts.order]
  const columns = [...key.columns, ...byColumn, loadColumn].map((column) => `target.${quoteIdentifier(column)}`)
  return `met as materialized (
        select stage.${lineColumn}, ${columns.join(', ')} from ${stage} stage join ${quoteTable(name)} target on ${matches(key)}
      ), later as materialized (
        select target.* from met target join ${stage} stage on stage.${lineColumn} = target.${lineColumn} where ${targetIsLater(plan, road)}
      )`
}

const keep = 'insert into public.sluice_superseded (dataset, key, load_id, "row")'

/**
 * $1 dataset, $2 instant in milliseconds: rows of loads that are older go, but for the next in line of each key. So when one batch takes
 * its row back, what comes back is right whatever its age; rows behind it are lost to corrections of several batches of one key.
 */
export const dropLongSuperseded = (plan: LoadPlan): string =>
  `delete from public.sluice_superseded s using public.sluice_loads l
    where s.dataset = $1 and l.id = s.load_id and l.dataset = $1 and l.as_of < to_timestamp($2::numeric / 1000) and exists (
      select from public.sluice_superseded next join public.sluice_loads other on other.id = next.load_id
      where next.dataset = s.dataset and next.key = s.key and next.load_id <> s.load_id and ${comesBackBefore(plan)}
    )`

/** Whether the row `next`, of the load `other`, is to come back before the row `s`, of the load `l`. */
function comesBackBefore({ table, mode, columns }: LoadPlan): string {
  const first = keepsFirst(mode) ? '<' : '>'
  const byLoad = `(other.as_of, other.turn) ${first} (l.as_of, l.turn)`
  const { order } = table.facts
  if (order === undefined || !hasOrderColumn({ table, columns })) return byLoad
  const value = (row: string): string => `(jsonb_populate_record(null::${quoteTable(table.name)}, ${row}."row")).${quoteIdentifier(order)}`
  const [next, own] = [value('next'), value('s')]
  const [nullFirst, nullLast] = keepsFirst(mode) ? [next, own] : [own, next]
  return `case when ${next} is not distinct from ${own} then ${byLoad}
    when ${nullFirst} is null then true when ${nullLast} is null then false else ${next} ${first} ${own} end`
}

/** $1 load ids, $2 dataset. Statements that take back what loads have written. */
export interface TakeBackStatements {
  readonly forget: string
  /** Keys of the deleted rows go into `sluice_gone`. */
  readonly createGone: string
  readonly delete: string
  /** The next row in order of each key in `sluice_gone` comes back: the latest, or the earliest where loads only append. */
  readonly restore: string
  readonly dropGone: string
}

/** $1 dataset. */
export const hasSuperseded = 'select exists (select from public.sluice_superseded where dataset = $1) as found'

export const forgetSuperseded = 'delete from public.sluice_superseded where dataset = $1'

export function takeBackStatements({ table, mode, references }: LoadPlan): TakeBackStatements {
  const target = quoteTable(table.name)
  const key = keyText(
    table,
    table.key.map((name) => `target.${quoteIdentifier(name)}`),
  )
  const stored = Object.entries(table.columns).flatMap(([name, column]) => (isStored(column) ? [name] : []))
  const { order } = table.facts
  const direction = keepsFirst(mode) ? 'asc nulls first' : 'desc nulls last'
  const byColumn = order === undefined ? '' : `(jsonb_populate_record(null::${target}, s."row")).${quoteIdentifier(order)} ${direction}, `
  // What a row referred to may be gone by now: such a row stays aside.
  const parents = references.map(({ columns, table: parent, to }) => {
    const absent = columns.map((name) => `old.${quoteIdentifier(name)} is null`)
    const pairs = columns.map((name, place) => `parent.${quoteIdentifier(to[place] ?? '')} = old.${quoteIdentifier(name)}`)
    return ` and (${absent.join(' or ')} or exists (select from ${quoteTable(parent)} parent where ${pairs.join(' and ')}))`
  })
  return {
    forget: 'delete from public.sluice_superseded where load_id = any($1::bigint[])',
    createGone: 'create temporary table sluice_gone (key text not null) on commit drop',
    delete: `with gone as (delete from ${target} target where target.${loadColumn} = any($1::bigint[]) returning ${key} as key)
      insert into pg_temp.sluice_gone select key from gone`,
    restore: `with best as (
        select distinct on (s.key) s.key, s.load_id, s."row"
        from pg_temp.sluice_gone gone join public.sluice_superseded s on s.dataset = $2 and s.key = gone.key
        join public.sluice_loads l on l.id = s.load_id
        where s.load_id <> all($1::bigint[])
        order by s.key, ${byColumn}l.as_of ${direction}, l.turn ${direction}
      ), back as (
        insert into ${target} as target (${quoteColumns([...stored, loadColumn])}) overriding system value
        select ${stored.map((name) => (table.columns[name]?.type.kind === 'json' ? `(best."row" ->> ${quoteLiteral(name)})::jsonb` : `old.${quoteIdentifier(name)}`)).join(', ')}, best.load_id
        from best, jsonb_populate_record(null::${target}, best."row") old where true${parents.join('')}
        on conflict do nothing
        returning ${key} as key, target.${loadColumn} as load_id
      ), taken as (
        delete from public.sluice_superseded s using back where s.dataset = $2 and s.key = back.key and s.load_id = back.load_id
        returning s.load_id, s.quarantine_id
      ), told as (
        delete from public.sluice_quarantine q using taken where q.id = taken.quarantine_id returning q.load_id
      )
      update public.sluice_loads l set rows_written = l.rows_written + t.rows, rows_quarantined = l.rows_quarantined - t.rows
      from (select load_id, count(*) as rows from told group by load_id) t where l.id = t.load_id`,
    dropGone: 'drop table pg_temp.sluice_gone',
  }
}

const isStored = ({ generated }: Column): boolean => generated === undefined

const targetColumns = ({ columns }: ColumnSet): readonly string[] => columns.map((name) => `target.${quoteIdentifier(name)}`)

const matches = ({ columns, staged }: ColumnSet): string =>
  columns.map((name, place) => `target.${quoteIdentifier(name)} = ${staged[place] ?? 'null'}`).join(' and ')

/** One text for equal keys, whatever the zone of the session. */
export function keyText({ key, columns }: Pick<AnyDataset, 'key' | 'columns'>, values: readonly string[]): string {
  const parts = key.map((name, place) =>
    columns[name]?.type.kind === 'timestamp' ? `extract(epoch from ${values[place]})` : (values[place] ?? 'null'),
  )
  return `jsonb_build_array(${parts.join(', ')})::text`
}

/** As texts: the values of these columns that JSON does not keep. It has no negative zero, and its null is not a missing value. */
function exactly({ columns }: AnyDataset, row: string, names: readonly string[] = Object.keys(columns)): string {
  const inexact = names.filter((name) => ['json', 'double'].includes(columns[name]?.type.kind ?? ''))
  if (inexact.length === 0) return ''
  return ` || jsonb_build_object(${inexact.map((name) => `${quoteLiteral(name)}, ${row}.${quoteIdentifier(name)}::text`).join(', ')})`
}

/** The staged row as the table would hold it. */
export const rowOf = ({ table, columns }: LoadPlan, { typed }: Road): string =>
  `(select to_jsonb(incoming)${exactly(
    table,
    'incoming',
    columns.map(({ name }) => name),
  )} from (select ${columns.map(({ name }, place) => `${typed[place] ?? 'null'} as ${quoteIdentifier(name)}`).join(', ')}) incoming)`
