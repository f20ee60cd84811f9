import { type Batches, refOf } from '@sluice/author'
import type { Receipt } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { Claim } from './claim.ts'

/** $1 run, $2 task run that asks, $3 datasets. */
const writtenSql = `
select receipt from (
  select distinct on (l.dataset, l.batch) l.id, l.receipt
  from sluice.task_run t join sluice.ledger l on l.task_run = t.id
  where t.run = $1 and t.id <> $2 and t.kind <> 'retain' and l.dataset = any($3) and l.status = 'written'
  order by l.dataset, l.batch, l.generation desc
) newest order by id`

/** $1 pipeline of the definition, $2 task, $3 run, $4 datasets. What the step took in this very run is what it is given again. */
const waitingSql = `
with step as (
  select x.dataset, x.batch, x.run = $3 as here from sluice.definition d join sluice.taken x on x.pipeline = d.pipeline
  where d.id = $1 and x.task = $2 and x.dataset = any($4)
)
select receipt from (
  select distinct on (l.dataset, l.batch) l.id, l.receipt
  from sluice.ledger l join sluice.task_run t on t.id = l.task_run
  where l.dataset = any($4) and l.status = 'written' and t.kind <> 'retain'
    and case when exists (select from step where here)
      then (l.dataset, l.batch) in (select dataset, batch from step where here)
      else (l.dataset, l.batch) not in (select dataset, batch from step) end
    and (l.receipt ->> 'rowsWritten')::bigint > 0
  order by l.dataset, l.batch, l.generation desc
) newest order by id`

/** What the ledger knows for the task of a claim: as `plan/batches-at-hand.ts` says. */
export const batchesFor = (
  db: Queryable,
  { id, run, task, definitionId }: Pick<Claim, 'id' | 'run' | 'task' | 'definitionId'>,
): Batches => {
  const refs = async (name: string, text: string, params: readonly unknown[]) =>
    (await db.query<{ receipt: Receipt }>({ name, text }, params)).map(({ receipt }) => refOf(receipt))
  return {
    written: (datasets) => refs('sluice_written', writtenSql, [run, id, datasets]),
    waiting: (datasets) => refs('sluice_waiting', waitingSql, [definitionId, task, run, datasets]),
  }
}
