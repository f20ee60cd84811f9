import { type AnyDataset, type LoadMode, observedOf } from '@sluice/author'
import { type DifferenceRow, type DifferenceSpelling, differenceSql } from '@sluice/checks'
import type { DatasetRef, InputVersion, Interval } from '@sluice/core'
import { type Connection, type Pool, postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteColumns, quoteTable } from '../ddl/names.ts'
import { foreignKeysOf } from '../drift/describe.ts'
import { toWarehouseFault } from '../fault.ts'
import { cancelledBy } from './cancel.ts'
import { liveTable } from './live-table.ts'
import { hasOrderColumn } from './order.ts'
import { keepsFirst, type LoadedReference, type LoadPlan, planLoad, wholeRoad } from './plan.ts'
import { columnsOf, columnsToFill, givenTypes, type QuerySource } from './query-source.ts'
import { versionsWithout } from './versions.ts'

/** A load that stands, as a comparison needs it. */
export interface StandingLoad extends Interval {
  readonly id: number
  /** `as of` and turn, as they are compared in SQL. */
  readonly order: readonly [asOf: string, turn: string]
  readonly batch: string
  readonly rowsQuarantined: number
  readonly inputs: readonly InputVersion[]
}

const selectStanding = `
select id, batch, as_of::text as "asOf", turn::text as turn, interval_start as start, interval_end as "end", rows_quarantined as "rowsQuarantined", inputs from (
  select distinct on (batch) * from public.sluice_loads
  where dataset = $1 and task = $2 and mode <> 'retain' and (table_oid = to_regclass($3)::oid or receipts_oid <> 'public.sluice_loads'::regclass::oid)
  order by batch, generation desc
) newest order by as_of, turn`

/** What a step has loaded into the table that is there, by the order of the loads. */
export async function standingLoads(pool: Pool, table: AnyDataset, dataset: string, task: string): Promise<readonly StandingLoad[]> {
  const rows = await pool.query<Omit<StandingLoad, 'order'> & { asOf: string; turn: string }>(selectStanding, [
    dataset,
    task,
    quoteTable(table.name),
  ])
  return rows.map(({ asOf, turn, ...rest }) => ({ ...rest, order: [asOf, turn] }))
}

/** Batches of the warehouse as they stand now: a load that was repeated has another version. */
export async function livingRefs(pool: Pool, inputs: readonly InputVersion[]): Promise<readonly DatasetRef[]> {
  const found = await pool.query<{ dataset: string; batch: string; generation: number; id: string }>(
    `select distinct on (dataset, batch) dataset, batch, generation, id::text as id from public.sluice_loads
     where mode <> 'retain' and (dataset, batch) in (select * from unnest($1::text[], $2::text[])) order by dataset, batch, generation desc`,
    [inputs.map(({ dataset }) => dataset), inputs.map(({ batch }) => batch)],
  )
  return found.map(({ dataset, batch, generation, id }) => ({ store: 'warehouse', dataset, batch, generation, version: id, rows: 0 }))
}

export interface DifferenceRequest {
  readonly table: AnyDataset
  readonly mode: Exclude<LoadMode, 'new'>
  readonly load: StandingLoad
  readonly query: QuerySource
  readonly examples: number
  readonly percent?: number
  readonly signal?: AbortSignal
}

/** Rows that break a rule, and the answer of the comparison with the names of its cells. */
export interface Difference {
  readonly quarantined: number
  readonly cells: readonly string[]
  readonly rows: readonly DifferenceRow[]
}

/**
 * What a query would make of one load, against the rows that stand, in one statement of a read-only transaction: the server itself refuses
 * to write. Of rules that compare rows the key is looked at, and references to other tables; not unique indexes, nor references of the
 * table to itself.
 * @throws `definition.invalid` for a query that does not run or gives other columns
 */
export async function differenceOf(pool: Pool, request: DifferenceRequest): Promise<Difference> {
  const { signal } = request
  try {
    return await pool.withConnection(async (connection) => {
      await using session = cancelledBy(signal, connection)
      const tx = session.connection
      await tx.query('begin isolation level repeatable read read only')
      try {
        return await inTransaction(tx, request)
      } finally {
        await connection.query('rollback').catch(() => undefined)
      }
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw toWarehouseFault(error)
  }
}

async function inTransaction(tx: Connection, request: DifferenceRequest): Promise<Difference> {
  const { query, mode, examples, percent } = request
  const table = observedOf(request.table)
  const given = await columnsOf(tx, table, query)
  const { types, hasForeignKeys } = await liveTable(tx, table, Object.keys(request.table.columns))
  const references = hasForeignKeys ? await foreignKeysOf(tx, table.name) : []
  const plan = planLoad(table, mode === 'full' ? 'append' : mode, columnsToFill(table, given), references, givenTypes(given))
  const versions = mode === 'scd2' ? versionsWithout(plan, request.load) : undefined
  const names = versions?.columns ?? plan.columns.map(({ name }) => name)
  const live = new Map(types.map(({ name, type }) => [name, type]))
  const columns = names.map((name) => {
    const there = live.get(name)
    const type = request.table.columns[name]?.type ?? { kind: 'text' }
    return { name, asText: type.kind === 'json' || (there !== undefined && there !== postgresType(type)), there }
  })
  const statement = differenceSql({
    before: evaluated(plan, request, versions),
    would: 'select * from sluice_would_rows',
    stands: `select ${columns.map(({ name, there, asText }) => `${there === undefined ? 'null' : `target.${quoteIdentifier(name)}${asText ? '::text' : ''}`} as ${quoteIdentifier(name)}`).join(', ')}
      from ${quoteTable(table.name)} target${versions?.standsWhere ?? standsWhere(plan, request)}`,
    columns,
    identity: table.key,
    examples,
    ...(percent === undefined ? {} : { percent }),
    spelling,
  })
  const rows = await tx.query<DifferenceRow>(statement, query.params)
  return { quarantined: Number(rows.find(({ kind }) => kind === 'broken')?.n ?? 0), cells: names, rows }
}

/** The query's rows in their types, with the rule that they break and their place among those of one key. */
function evaluated(
  plan: LoadPlan,
  request: DifferenceRequest,
  versions: ReturnType<typeof versionsWithout> | undefined,
): { readonly ctes: string; readonly broken: string } {
  const { columns, table } = plan
  const { judgement, typed, references } = wholeRoad(plan)
  const staged = columns.map(({ name, staged, parsed }) => `result.${quoteIdentifier(name)}${parsed ? '' : '::text'} as ${staged}`)
  // A value is converted where its row breaks no rule: else the conversion may fail.
  const values = columns.map(({ name }, at) => `case when sluice_rule is null then ${typed[at]} end as ${quoteIdentifier(name)}`)
  const key = table.key.map((name) => quoteIdentifier(name)).join(', ')
  const place =
    table.key.length === 0 ? '1' : `row_number() over (partition by sluice_rule is null, ${key} order by ${firstOf(plan)}sluice_line)`
  return {
    ctes: `sluice_judged as (
        select *, ${judgement.firstBroken ?? 'null::integer'} as sluice_rule
        from (select row_number() over () as sluice_line, ${staged.join(', ')} from (${request.query.text}\n) as result) as staged offset 0
      ), sluice_typed as materialized (
        select sluice_line, sluice_rule, ${values.join(', ')} from sluice_judged
      ), sluice_ranked as materialized (
        select *, ${place} as sluice_place from (
          select sluice_line, coalesce(sluice_rule, ${orphanSql(references)}) as sluice_rule, ${quoteColumns(columns.map(({ name }) => name))} from sluice_typed typed
        ) as checked
      ), ${versions?.ctes ?? ''}sluice_would_rows as (${versions?.would ?? wouldOf(plan, request)}), `,
    broken: 'select count(*) from sluice_ranked where sluice_rule is not null or sluice_place > 1',
  }
}

/** Not null of a row that refers to a row of another table which is not there. */
function orphanSql(references: readonly LoadedReference[]): string {
  const orphan = references
    .filter(({ parentStaged }) => parentStaged === undefined)
    .map(({ columns, table, to }) => {
      const present = columns.map((name) => `typed.${quoteIdentifier(name)} is not null`)
      const same = columns.map((name, at) => `parent.${quoteIdentifier(to[at] ?? '')} = typed.${quoteIdentifier(name)}`)
      return `${present.join(' and ')} and not exists (select from ${quoteTable(table)} parent where ${same.join(' and ')})`
    })
  return orphan.length === 0 ? 'null' : `case when ${orphan.map((each) => `(${each})`).join(' or ')} then 0 end`
}

/** Which of the rows of one key stays, before their place does. */
function firstOf(plan: LoadPlan): string {
  const order = quoteIdentifier(plan.table.facts.order ?? '')
  const first = keepsFirst(plan.mode)
  if (!hasOrderColumn(plan)) return first ? '' : 'sluice_line desc, '
  return `${order} ${first ? 'asc nulls first' : 'desc nulls last, sluice_line desc'}, `
}

/** Of an append rows whose key another load has brought are refused; of an upsert those stay that are later in order. */
function wouldOf(plan: LoadPlan, { mode, load }: DifferenceRequest): string {
  const { table } = plan
  const good = 'select * from sluice_ranked made where sluice_rule is null and sluice_place = 1'
  if (mode === 'full' || table.key.length === 0) return good
  const other = `select from ${quoteTable(table.name)} target where ${sameKey(table)} and target.${loadColumn} <> ${load.id}`
  return `${good} and not exists (${other}${mode === 'append' ? '' : ` and ${otherIsLater(plan, load)}`})`
}

function standsWhere({ table }: LoadPlan, { mode, load }: DifferenceRequest): string {
  if (mode === 'full') return ''
  const own = `target.${loadColumn} = ${load.id}`
  return mode === 'append' || table.key.length === 0
    ? ` where ${own}`
    : ` where ${own} or exists (select from sluice_would_rows made where ${sameKey(table)})`
}

const sameKey = ({ key }: AnyDataset): string =>
  key.map((name) => `target.${quoteIdentifier(name)} = made.${quoteIdentifier(name)}`).join(' and ')

/** As a load decides it: by the column that orders rows, then by the order of the loads. */
function otherIsLater(plan: LoadPlan, { order: [asOf, turn] }: StandingLoad): string {
  const byLoad = `exists (select from public.sluice_loads l where l.id = target.${loadColumn}
    and (l.as_of, l.turn) > (${quoteLiteral(asOf)}::timestamptz, ${quoteLiteral(turn)}::bigint))`
  if (!hasOrderColumn(plan)) return byLoad
  const order = quoteIdentifier(plan.table.facts.order ?? '')
  return `case when target.${order} is not distinct from made.${order} then ${byLoad}
    when made.${order} is null then true when target.${order} is null then false else target.${order} > made.${order} end`
}

const spelling: DifferenceSpelling = {
  quote: quoteIdentifier,
  text: (sql) => `${sql}::text`,
  list: (values) => `to_json(array[${values.map((value) => `(${value})::text`).join(', ')}])::text`,
  share: (text) => `(hashtextextended(${text}, 0) & 9223372036854775807) % 10000`,
}
