import type { SinkReceipt } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const recordSql = `
with given as (
  select e.receipt from jsonb_array_elements($1::text::jsonb) e(receipt)
), known as (
  select t.id as task_run, g.receipt from given g join sluice.task_run t on t.run = g.receipt ->> 'run' and t.task = g.receipt ->> 'task'
), added as (
  insert into sluice.ledger (task_run, attempt, dataset, batch, generation, status, receipt)
  select k.task_run, (k.receipt ->> 'attempt')::int, k.receipt ->> 'dataset', k.receipt ->> 'batch', (k.receipt ->> 'generation')::int,
    k.receipt ->> 'status', k.receipt
  from known k
  on conflict (batch, generation, dataset) do update set receipt = excluded.receipt
    where ledger.receipt -> 'rowsWritten' is distinct from excluded.receipt -> 'rowsWritten'
      or ledger.receipt -> 'rowsQuarantined' is distinct from excluded.receipt -> 'rowsQuarantined'
  returning xmax = 0 as new
)
select (select count(*) from added where new)::int as added, (select count(*) from given)::int - (select count(*) from known)::int as "foreign"`

/**
 * Adds receipts of the sinks that the ledger does not have, and takes over the counts of those that a sink has changed since. Receipts of
 * runs that this database does not know are counted, not added.
 */
export async function recordReceipts(
  db: Queryable,
  receipts: readonly SinkReceipt[],
): Promise<{ readonly added: number; readonly foreign: number }> {
  let [added, foreign] = [0, 0]
  for (let from = 0; from < receipts.length; from += atOnce) {
    const [row] = await db.query<{ added: number; foreign: number }>(recordSql, [JSON.stringify(receipts.slice(from, from + atOnce))])
    added += row?.added ?? 0
    foreign += row?.foreign ?? 0
  }
  return { added, foreign }
}

/** Receipts in one statement: a folder of a million files has as many. */
const atOnce = 5_000
