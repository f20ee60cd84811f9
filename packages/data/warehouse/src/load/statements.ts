import type { ColumnType } from '@sluice/author'
import type { Judgement } from '@sluice/checks'
import type { Instant } from '@sluice/core'
import { postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import { type ColumnSet, keepsFirst, type LoadedReference, type LoadPlan, type Road } from './plan.ts'

const nextId = `nextval(pg_get_serial_sequence('public.sluice_loads', 'id'))`

/**
 * The loads of a batch that there are, once no other one is at it, and an id for the next one: the lock is released with the transaction.
 * One round trip, and yet the second statement sees what was committed while the first one waited.
 */
export const lockedBatch = (dataset: string, batch: string): string =>
  `select pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`sluice load ${dataset} ${batch}`)}, 0));
select ${nextId} as id, coalesce((
  select json_agg(json_build_object('id', id, 'generation', generation, 'turn', turn)) from public.sluice_loads
  where dataset = ${quoteLiteral(dataset)} and batch = ${quoteLiteral(batch)}
), '[]') as loads`

export const nextLoadId = `select ${nextId} as id`

/** $1 load id: its receipt, its quarantine with it, and what it has kept aside. */
export const buryLoad = `
with buried as (delete from public.sluice_loads where id = $1 returning id),
aside as (delete from public.sluice_superseded s using buried where s.load_id = buried.id)
delete from public.sluice_versions v using buried where v.load_id = buried.id`

/**
 * Hash tables and sorts of a load are few and large. A scan of staging must begin at its beginning: rows are met in the order of the input.
 */
const sessionSettings = `select set_config('work_mem', '64MB', true), set_config('synchronize_seqscans', 'off', true)`

/** A load checks foreign keys at its end: it may replace rows that others refer to. */
const deferConstraints = 'set constraints all deferred'

export const beginLoad = `${sessionSettings}; ${deferConstraints}`

/**
 * $1 the quoted table, $2 new rows: whether they are a large share, by the planner's statistics, and whether other rows refer to the table.
 */
export const aboutTarget = `
select coalesce(sum(greatest(c.reltuples, 0)), 0) < $2::bigint / 0.04 as large,
  exists (select from pg_constraint where confrelid = $1::regclass and contype = 'f') as "isReferred"
from pg_partition_tree($1::regclass) t join pg_class c on c.oid = t.relid where t.isleaf`

/** What can be left for the end of the transaction, but for foreign keys. */
const isDeferrable = `condeferrable and contype in ('u', 'p', 'x', 't')`

/** $1 the quoted table: its constraints, but for foreign keys, that may be left for the end of the transaction. */
export const deferrableConstraints = `
select format('%I.%I', n.nspname, conname) as name
from pg_constraint join pg_namespace n on n.oid = connamespace
where conrelid = $1::regclass and ${isDeferrable}`

/** $1 the quoted table. One that matches in full refuses rows that the join for orphans lets pass: it stays, and its triggers find them. */
export const foreignKeys = `
select quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
from pg_constraint where conrelid = $1::regclass and contype = 'f' and convalidated and confmatchtype <> 'f' and conparentid = 0
order by conname collate "C"`

export const stage = 'pg_temp.sluice_stage'

/** The record of the input, counted from 1. */
export const lineColumn = 'sluice_line'

/** $1 lines, $2 the number of the rule of each. */
export const collectLines = `insert into pg_temp.sluice_bad (line, number) select * from unnest($1::bigint[], $2::integer[])`

export const stagedLines = `select min(${lineColumn}) as from, max(${lineColumn}) as to from ${stage} having count(*) > 0`

/** $1 load id. */
export const brokenRules = `
select rule, count(*)::integer as rows from public.sluice_quarantine where load_id = $1 group by rule order by rows desc, rule`

/** $1 load id, $2 columns of the key: those of which every column at fault is one of them. */
export const brokenKeyRules = `
select rule, count(*)::integer as rows from public.sluice_quarantine where load_id = $1 and string_to_array(place, ',') <@ $2::text[]
group by rule order by rows desc, rule`

/** Other loads into the table wait, readers do not. */
export const lockTable = (table: string): string => `lock table ${quoteTable(table)} in share row exclusive mode`

/** A load that has the table to itself now. */
export interface LoadInTurn {
  readonly id: number
  readonly dataset: string
  readonly asOf: Instant
  /** A load without takes the number that it is answered. */
  readonly turn: number | undefined
}

export interface Turn {
  readonly turn: number
  /** The table has `deferrableConstraints`. */
  readonly isDeferrable: boolean
  /** Loads that come later in order have written already. */
  readonly isOvertaken: boolean
  /** No other load of the dataset is of that UTC day, or later. */
  readonly isFirstOfDay: boolean
}

const instant = (milliseconds: Instant): string => `to_timestamp(${milliseconds}::numeric / 1000)`

/** The statements of one load, over its own staging table. */
export interface LoadStatements {
  readonly createStaging: string
  readonly copyIntoStaging: string
  readonly analyzeStaging: string
  /**
   * $1 load id, $2 dataset, $3 batch, $4 generation, $5 rules, $6 columns, $7 names of the input's columns. The number of a rule is its
   * place, from 1.
   */
  readonly quarantineBad: string
  readonly removeBad: string
  readonly forgetBad: string
  /** Other loads into the table wait, readers do not. Answers a `Turn`: all that is known best under the lock, in one round trip. */
  lockTarget(load: LoadInTurn): string
  /** Nobody changes what the table is. */
  readonly lockFromChange: string
  /** $1 load ids. */
  readonly deleteLoads: string
  /** $1 instant or day: staged rows whose order column, `typed`, is older. */
  removeExpired(typed: string): string
  /** Collects the same rows. */
  collectExpired(typed: string): string
  /** The beginnings of the days, months or years that rows lie in, as epoch milliseconds. */
  beginningsOf(typed: string, by: string): string
  readonly deleteAll: string
  /** $1 texts of values of a column: all rows with one of them. */
  deletePartitions(column: string, type: ColumnType): string
  /** $1 a text: staged rows that have it in one of these columns; the number of the rule is the place of the column. */
  collectNul(staged: readonly string[]): string
}

/**
 * Staging is a temporary table. An unlogged one would let parallel workers share the checks, but a server that is killed right after a load
 * was rolled back then fails to start once ("could not create file ...: File exists", PostgreSQL 18.4): the file of the aborted table waits
 * for a checkpoint, its init fork does not. `sluice_line` counts the records of the input from 1 as COPY reads them, at no measurable cost.
 */
export function loadStatements({ table, columns }: LoadPlan): LoadStatements {
  const staged = columns.map((column) => column.staged)
  const orderType = table.columns[table.facts.order ?? '']?.type.kind === 'date' ? 'date' : 'timestamptz'
  const isExpired = (typed: string): string => `${typed} < $1::${orderType}`
  return {
    createStaging: `create temporary table sluice_stage (${columns.map(({ staged, parsed, column }) => `${staged} ${parsed ? postgresType(column.type) : 'text'}`).join(', ')}, ${lineColumn} bigint generated always as identity (cache 1000)) on commit drop`,
    copyIntoStaging: `copy ${stage} (${staged.join(', ')}) from stdin with (format csv, null '', encoding 'UTF8')`,
    analyzeStaging: `analyze ${stage} (${lineColumn})`,
    quarantineBad: `insert into public.sluice_quarantine (load_id, dataset, batch, generation, row_number, rule, place, cells)
      select $1::bigint, $2, $3, $4::integer, stage.${lineColumn}, broken.rule, broken.name,
        jsonb_object($7::text[], array[${staged.map((name) => `stage.${name}::text`).join(', ')}])
      from pg_temp.sluice_bad bad
      join ${stage} stage on stage.${lineColumn} = bad.line
      join unnest($5::text[], $6::text[]) with ordinality as broken (rule, name, number) on broken.number = bad.number
      order by stage.${lineColumn}`,
    removeBad: `delete from ${stage} stage using pg_temp.sluice_bad bad where stage.${lineColumn} = bad.line`,
    forgetBad: 'truncate pg_temp.sluice_bad',
    lockTarget: ({ id, dataset, asOf, turn }) => `${lockTable(table.name)};
      select next.turn,
        exists (select from pg_constraint where conrelid = ${quoteLiteral(quoteTable(table.name))}::regclass and ${isDeferrable}) as "isDeferrable",
        exists (
          select from public.sluice_loads where dataset = ${quoteLiteral(dataset)} and mode <> 'retain' and id <> ${id}
            and (as_of, turn) > (${instant(asOf)}, ${turn ?? 'next.turn'})
        ) as "isOvertaken",
        not exists (
          select from public.sluice_loads where dataset = ${quoteLiteral(dataset)} and mode <> 'retain' and id <> ${id}
            and as_of >= date_trunc('day', ${instant(asOf)}, 'UTC')
        ) as "isFirstOfDay"
      from (select ${nextId} as turn) next`,
    lockFromChange: `lock table ${quoteTable(table.name)} in row exclusive mode`,
    deleteLoads: `delete from ${quoteTable(table.name)} where ${quoteIdentifier(loadColumn)} = any($1::bigint[])`,
    removeExpired: (typed) => `delete from ${stage} where ${isExpired(typed)}`,
    collectExpired: (typed) =>
      `insert into pg_temp.sluice_bad (line, number) select ${lineColumn}, 1 from ${stage} where ${isExpired(typed)}`,
    beginningsOf: (typed, by) =>
      `select distinct extract(epoch from date_trunc(${quoteLiteral(by)}, (${typed})::timestamptz, 'UTC'))::float8 * 1000 as at from ${stage} where ${typed} is not null`,
    deleteAll: `delete from ${quoteTable(table.name)}`,
    deletePartitions: (column, type) =>
      `delete from ${quoteTable(table.name)} where ${quoteIdentifier(column)} = any($1::${valuesType(type)}[])`,
    collectNul: (staged) => {
      const has = (name: string): string => `strpos(${name}::text, $1) > 0`
      return `insert into pg_temp.sluice_bad (line, number)
        select ${lineColumn}, case ${staged.map((name, at) => `when ${has(name)} then ${at + 1}`).join(' ')} end
        from ${stage} where ${staged.map(has).join(' or ')}`
    },
  }
}

/** Texts as they are, whatever their length. */
export const valuesType = (type: ColumnType): string => (type.kind === 'text' ? 'text' : postgresType(type))

/** The statements that judge and write what is staged, on one road. */
export interface RoadStatements {
  /** Makes `sluice_bad`, and collects into it in one pass over all columns: the line and the number of the rule. */
  readonly collectBad: string
  /** Whether that collects a row; undefined where it cannot. */
  readonly hasBad: string | undefined
  hasDuplicates(set: ColumnSet): string
  /** One row of equal values stays: of a key the latest in order for an upsert, the earliest for an append; else the first of the input. */
  collectDuplicates(set: ColumnSet): string
  /** Rows whose values are in the table already, from another load than $1. A row that an upsert will update is not a fault. */
  collectExisting(set: ColumnSet): string
  /** Rows that name a row of another table that is not there; the number is the place of the reference. */
  collectOrphans(references: readonly LoadedReference[]): string
  /** Rows that name a row of the same table that is neither there nor in staging. */
  collectOrphansOfBatch(reference: LoadedReference): string
  /** $1 load id. Fails when a key repeats or is there already. */
  readonly insert: string
  /**
   * $1 load id. Leaves out (append) or updates (upsert) rows whose key is there; of equal keys in an append the first of the input wins.
   */
  readonly insertOnConflict: string
  /** The same with lines from $2 to $3. */
  readonly insertBetween: string
}

export function roadStatements(plan: LoadPlan, road: Road): RoadStatements {
  const insert = insertInto(plan, road)
  return {
    collectBad: collectBad(road.judgement.firstBroken),
    hasBad:
      road.judgement.firstBroken === undefined
        ? undefined
        : `select exists (select from ${stage} where (${road.judgement.firstBroken}) is not null) as found`,
    hasDuplicates: (set) =>
      `select exists (select from ${stage} where ${allPresent(set)} group by ${set.staged.join(', ')} having count(*) > 1) as found`,
    collectDuplicates: (set) => `insert into pg_temp.sluice_bad (line, number)
      select line, 1 from (
        select ${lineColumn} as line, row_number() over (partition by ${set.staged.join(', ')} order by ${firstOf(plan, road, set)}) as ordinal from ${stage} where ${allPresent(set)}
      ) ranked where ordinal > 1`,
    collectExisting: (set) => collectExisting(plan, road, set),
    collectOrphans,
    collectOrphansOfBatch,
    insert,
    insertOnConflict: insert + onConflict(plan, road),
    insertBetween: `${insert} where ${lineColumn} between $2::bigint and $3::bigint${onConflict(plan, road)}`,
  }
}

/** `rule` and `values`: values of staged rows that were changed to fit. */
export const adjustedValues = (adjusted: Judgement['adjusted']): string =>
  adjusted
    .map(({ rules, cause }) => {
      const ids = rules.map(({ id }) => quoteLiteral(id)).join(', ')
      return `select (array[${ids}]::text[])[cause] as rule, count(*)::integer as values
        from (select ${cause} as cause from ${stage}) judged where cause is not null group by 1`
    })
    .join(' union all ')

/** Which of equal staged rows comes first, and stays. */
function firstOf(plan: LoadPlan, road: Road, set: ColumnSet): string {
  if (set !== road.key) return lineColumn
  const place = plan.columns.findIndex(({ name }) => name === plan.table.facts.order)
  const [byColumn, byLine] = keepsFirst(plan.mode) ? ['asc nulls first', 'asc'] : ['desc nulls last', 'desc']
  return [...(place < 0 ? [] : [`${road.typed[place]} ${byColumn}`]), `${lineColumn} ${byLine}`].join(', ')
}

/** For what collects after `collectBad` was left out. */
export const ensureBad = 'create temporary table if not exists sluice_bad (line bigint not null, number integer not null) on commit drop'

const collectBad = (firstBroken: string | undefined): string =>
  firstBroken === undefined
    ? ensureBad
    : `create temporary table sluice_bad on commit drop as
       select line, number from (select ${lineColumn} as line, ${firstBroken} as number from ${stage}) judged where number is not null`

function collectExisting(plan: LoadPlan, { key }: Road, set: ColumnSet): string {
  const sameKey = !keepsFirst(plan.mode) && key !== undefined ? ` and not (${matches(key)})` : ''
  return `insert into pg_temp.sluice_bad (line, number)
   select ${lineColumn}, 1 from ${stage}
   where exists (
     select from ${quoteTable(plan.table.name)} target
     where ${matches(set)}${sameKey} and target.${quoteIdentifier(loadColumn)} <> $1::bigint
   )`
}

/** All other tables in one pass: what a foreign key refers to is unique, so a join never repeats a row. */
function collectOrphans(references: readonly LoadedReference[]): string {
  const joins = references.map(
    (reference, index) => `left join ${quoteTable(reference.table)} parent${index} on ${parentOf(reference, `parent${index}`)}`,
  )
  const orphan = (reference: LoadedReference, index: number): string =>
    `${allPresent(reference)} and parent${index}.${quoteIdentifier(reference.to[0] ?? '')} is null`
  return `insert into pg_temp.sluice_bad (line, number)
   select ${lineColumn}, case ${references.map((reference, index) => `when ${orphan(reference, index)} then ${index + 1}`).join(' ')} end
   from ${stage} ${joins.join(' ')}
   where ${references.map((reference, index) => `(${orphan(reference, index)})`).join(' or ')}`
}

function collectOrphansOfBatch(reference: LoadedReference): string {
  const parents = reference.parentStaged ?? []
  const inBatch = `(${reference.staged.join(', ')}) in (select ${parents.join(', ')} from ${stage} where ${parents.map((each) => `${each} is not null`).join(' and ')})`
  return `insert into pg_temp.sluice_bad (line, number)
   select ${lineColumn}, 1 from ${stage}
   where ${allPresent(reference)} and not ${inBatch}
     and not exists (select from ${quoteTable(reference.table)} parent where ${parentOf(reference, 'parent')})`
}

const parentOf = (reference: LoadedReference, parent: string): string =>
  reference.to.map((name, index) => `${parent}.${quoteIdentifier(name)} = ${reference.staged[index] ?? 'null'}`).join(' and ')

const insertInto = (plan: LoadPlan, { typed }: Road): string =>
  `insert into ${quoteTable(plan.table.name)} (${quoteColumns([...plan.columns.map(({ name }) => name), loadColumn])})
   select ${typed.join(', ')}, $1::bigint from ${stage}`

function onConflict(plan: LoadPlan, road: Road): string {
  if (road.key === undefined) return ''
  const key = road.key.columns
  const target = ` on conflict (${quoteColumns(key)})`
  if (keepsFirst(plan.mode)) return `${target} do nothing`
  const changed = [...plan.columns.map(({ name }) => name).filter((name) => !key.includes(name)), loadColumn]
  return `${target} do update set ${changed.map((name) => `${quoteIdentifier(name)} = excluded.${quoteIdentifier(name)}`).join(', ')}`
}

const allPresent = (set: ColumnSet): string => set.staged.map((expression) => `${expression} is not null`).join(' and ')

const matches = (set: ColumnSet): string =>
  set.columns.map((name, index) => `target.${quoteIdentifier(name)} = ${set.staged[index] ?? 'null'}`).join(' and ')
