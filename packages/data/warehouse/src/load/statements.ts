import { quoteIdentifier } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import { type LoadPlan, typed, type UniqueSet } from './plan.ts'

/** Waits for another load of the same batch; released with the transaction. */
export const lockBatch = `select pg_advisory_xact_lock(hashtextextended('sluice load ' || $1 || ' ' || $2, 0))`

export const nextLoadId = `select nextval(pg_get_serial_sequence('public.sluice_loads', 'id')) as id`

export const earlierLoads = `select id, generation from public.sluice_loads where dataset = $1 and batch = $2`

/** Hash tables and sorts of a load are few and large. A staged row is only ever read in the order of the input. */
export const sessionSettings = `select set_config('work_mem', '64MB', true), set_config('synchronize_seqscans', 'off', true)`

/** `line` counts the records of the input from 1: COPY fills it from the identity as rows arrive. */
export function createStaging(plan: LoadPlan): string {
  const columns = plan.columns.map(({ staged }) => `${staged} text`).join(', ')
  return `create temporary table sluice_stage (${columns}, line bigint generated always as identity (cache 1000)) on commit drop`
}

export const copyIntoStaging = (plan: LoadPlan): string =>
  `copy pg_temp.sluice_stage (${plan.columns.map(({ staged }) => staged).join(', ')}) from stdin with (format csv, null '', encoding 'UTF8')`

export const countStaged = 'select count(*) as rows from pg_temp.sluice_stage'
export const analyzeStaging = 'analyze pg_temp.sluice_stage'

/** One pass over all columns. `code` is the number of the rule. */
export const collectBad = (plan: LoadPlan): string =>
  plan.checks.firstBroken === undefined
    ? 'create temporary table sluice_bad (line bigint not null, code integer not null) on commit drop'
    : `create temporary table sluice_bad on commit drop as
       select line, code from (select line, ${plan.checks.firstBroken} as code from pg_temp.sluice_stage) checked where code is not null`

/** $1 load id, $2 dataset, $3 batch, $4 generation, $5 codes, $6 rules, $7 columns, $8 names of the input's columns. */
export const quarantineBad = (plan: LoadPlan): string =>
  `insert into public.sluice_quarantine (load_id, dataset, batch, generation, line, rule, column_name, "row")
   select $1::bigint, $2, $3, $4::integer, stage.line, broken.rule, broken.name,
     jsonb_object($8::text[], array[${plan.columns.map(({ staged }) => `stage.${staged}`).join(', ')}])
   from pg_temp.sluice_bad bad
   join pg_temp.sluice_stage stage on stage.line = bad.line
   join unnest($5::integer[], $6::text[], $7::text[]) as broken (code, rule, name) on broken.code = bad.code
   order by stage.line`

export const removeBad = 'delete from pg_temp.sluice_stage stage using pg_temp.sluice_bad bad where stage.line = bad.line'
export const forgetBad = 'truncate pg_temp.sluice_bad'

/** Whether a set of values occurs more than once. */
export const hasDuplicates = (set: UniqueSet): string =>
  `select exists (select from pg_temp.sluice_stage where ${allPresent(set)} group by ${set.staged.join(', ')} having count(*) > 1) as found`

/** The first row of the input stays. */
export const collectDuplicates = (set: UniqueSet): string =>
  `insert into pg_temp.sluice_bad (line, code)
   select line, 0 from (
     select line, row_number() over (partition by ${set.staged.join(', ')} order by line) as place
     from pg_temp.sluice_stage where ${allPresent(set)}
   ) ranked where place > 1`

/** Rows whose values are in the table already, from another load than $1. A row that an upsert will update is no fault. */
export function collectExisting(plan: LoadPlan, set: UniqueSet): string {
  const sameKey = plan.mode === 'upsert' && plan.key !== undefined ? ` and not (${matches(plan.key)})` : ''
  return `insert into pg_temp.sluice_bad (line, code)
   select line, 0 from pg_temp.sluice_stage
   where exists (
     select from ${quoteTable(plan.table.name)} target
     where ${matches(set)}${sameKey} and target.${quoteIdentifier(loadColumn)} <> $1::bigint
   )`
}

/** $1 load id. Staging has no index and no concurrent reader, so the rows come in the order of the input and the first of equal keys wins. */
export function insertStaged(plan: LoadPlan): string {
  const names = plan.columns.map(({ name }) => name)
  const insert = `insert into ${quoteTable(plan.table.name)} (${quoteColumns([...names, loadColumn])})
   select ${plan.columns.map(typed).join(', ')}, $1::bigint from pg_temp.sluice_stage`
  if (plan.key === undefined) return insert
  const target = `on conflict (${quoteColumns(plan.key.columns)})`
  if (plan.mode === 'append') return `${insert} ${target} do nothing`
  const key = plan.key.columns
  const changed = [...names.filter((name) => !key.includes(name)), loadColumn]
  return `${insert} ${target} do update set ${changed.map((name) => `${quoteIdentifier(name)} = excluded.${quoteIdentifier(name)}`).join(', ')}`
}

/** $1 load ids. */
export const deleteLoads = (plan: LoadPlan): string =>
  `delete from ${quoteTable(plan.table.name)} where ${quoteIdentifier(loadColumn)} = any($1::bigint[])`

const allPresent = (set: UniqueSet): string => set.staged.map((expression) => `${expression} is not null`).join(' and ')

const matches = (set: UniqueSet): string =>
  set.columns.map((name, place) => `target.${quoteIdentifier(name)} = ${set.staged[place] ?? 'null'}`).join(' and ')
