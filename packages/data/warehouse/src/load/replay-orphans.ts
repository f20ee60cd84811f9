import type { AnyDataset } from '@sluice/author'
import { orphanRule } from '@sluice/checks'
import type { BatchWrite } from '@sluice/core'
import { type Connection, postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { quoteTable } from '../ddl/names.ts'
import type { ReferenceShape } from '../ddl/shape.ts'
import { BatchLoad } from './batch-load.ts'
import { isDead } from './dead-receipt.ts'
import { type LoadPlan, planLoad } from './plan.ts'
import { isOfRow } from './refused-rows.ts'
import { lineColumn, loadStatements, stage } from './statements.ts'

interface Waiting {
  readonly ids: readonly number[]
  readonly names: readonly string[]
  readonly loadId: number
  readonly mode: 'append' | 'new' | 'upsert' | 'scd2' | 'full'
  readonly asOf: number
  readonly turn: number
  readonly project: string
  readonly batch: string
  readonly generation: number
  readonly pipeline: string
  readonly run: string
  readonly task: string
  readonly attempt: number
  readonly logicalTime: number
}

export interface ReplayOptions {
  readonly table: AnyDataset
  readonly dataset: string
  readonly references: readonly ReferenceShape[]
  readonly largeFrom: number
}

/**
 * Rows that earlier loads have put into quarantine because the row that they refer to was missing, and that is there by now: each is judged
 * once more and written as a row of its own load, in its order, and the counts of that load follow. Answers how many were written.
 */
export async function replayOrphans(tx: Connection, options: ReplayOptions): Promise<number> {
  let total = 0
  if (options.references.length === 0) return total
  const seen = new Set<number>()
  for (;;) {
    const waiting = (await waitingLoads(tx, options)).filter(({ ids }) => ids.some((id) => !seen.has(id)))
    if (waiting.length === 0) return total
    for (const of of waiting) {
      for (const id of of.ids) seen.add(id)
      total += await replay(tx, options, of)
    }
  }
}

/** A row of a newer generation, or of a later full load, stands for those of older ones. */
async function waitingLoads(tx: Connection, { table, dataset, references }: ReplayOptions): Promise<readonly Waiting[]> {
  const found = references.map((reference) => `q.rule = ${quoteLiteral(orphanRule(reference.columns).id)} and ${isThere(table, reference)}`)
  const loads = await tx.query<Waiting>(
    `select array_agg(q.id order by q.id) as ids, (array_agg(array(select jsonb_object_keys(q.cells))))[1:1] as names, l.id as "loadId", l.mode,
       l.as_of as "asOf", l.turn, l.project, l.batch, l.generation, l.pipeline, l.run, l.task, l.attempt, l.logical_time as "logicalTime"
     from public.sluice_quarantine q join public.sluice_loads l on l.id = q.load_id
     where q.dataset = $1 and q.row_number is not null and (${found.map((each) => `(${each})`).join(' or ')})
       and not exists (select from public.sluice_loads o where o.dataset = l.dataset and o.batch = l.batch and o.generation > l.generation)
       and not exists (select from public.sluice_loads o where o.dataset = l.dataset and o.mode = 'full' and o.id > l.id)
     group by l.id, array(select jsonb_object_keys(q.cells)) order by l.as_of, l.turn, l.id`,
    [dataset],
  )
  const living: Waiting[] = []
  for (const load of loads) if (!(await isDead(tx, load.loadId, dataset))) living.push({ ...load, names: load.names.flat() })
  return living
}

/** Cells are texts: one that is not a value of the column's type refers to nothing. */
function isThere(table: AnyDataset, { columns, table: parent, to }: ReferenceShape): string {
  const pairs = columns.map((name, place) => {
    const cell = `q.cells ->> ${quoteLiteral(name)}`
    const type = table.columns[name] === undefined ? 'text' : postgresType(table.columns[name].type)
    return `parent.${quoteIdentifier(to[place] ?? '')} = case when pg_input_is_valid(${cell}, ${quoteLiteral(type)}) then (${cell})::${type} end`
  })
  return `exists (select from ${quoteTable(parent)} parent where ${pairs.join(' and ')})`
}

async function replay(tx: Connection, { table, dataset, references, largeFrom }: ReplayOptions, of: Waiting): Promise<number> {
  const columns = of.names.filter((name) => Object.hasOwn(table.columns, name))
  const plan = planLoad(table, of.mode === 'full' ? 'append' : of.mode, columns, references)
  await tx.query('savepoint before_replay')
  try {
    const counts = await writeAgain(tx, plan, of, { dataset, largeFrom })
    await tx.query(
      `update public.sluice_loads set rows_in = rows_in - $2::bigint, rows_written = rows_written + $3::bigint,
         rows_quarantined = rows_quarantined - $2::bigint - $3::bigint where id = $1::bigint`,
      [of.loadId, counts.expired, counts.written],
    )
    await tx.query('release savepoint before_replay')
    return counts.written
  } catch (thrown) {
    // What the database refuses all the same stays in quarantine.
    if (!isOfRow(thrown)) throw thrown
    await tx.query('rollback to savepoint before_replay')
    return 0
  }
}

async function writeAgain(
  tx: Connection,
  plan: LoadPlan,
  of: Waiting,
  { dataset, largeFrom }: { readonly dataset: string; readonly largeFrom: number },
): Promise<{ readonly written: number; readonly expired: number }> {
  await tx.query('drop table if exists pg_temp.sluice_stage, pg_temp.sluice_bad')
  await tx.query(loadStatements(plan).createStaging)
  const staged = plan.columns.map(({ staged }) => staged)
  const cells = plan.columns.map(({ name }) => `cells ->> ${quoteLiteral(name)}`)
  const rows = await tx.execute(
    `with back as (delete from public.sluice_quarantine where id = any($1::bigint[]) returning row_number, cells)
     insert into ${stage} (${[...staged, lineColumn].join(', ')}) overriding system value
     select ${cells.join(', ')}, row_number from back order by row_number`,
    [of.ids],
  )
  const { asOf, turn, loadId: id, mode: _, ids: __, names: ___, ...load } = of
  const write: BatchWrite = { ...load, dataset, inputs: [] }
  const again = new BatchLoad(tx, plan, { write, id, asOf, turn, largeFrom })
  again.take({ plan, rows, bytes: 0, given: {}, hadNul: false })
  await again.takeTurn(false)
  await again.writeRows([])
  return again.counts
}
