import type { Instant, SpentCredits } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const creditsSql = `
select p.name as pipeline, to_char(w.written at time zone 'UTC', 'YYYY-MM-DD') as day, sum(w.credits)::float8 as credits, count(*)::int as batches,
  count(distinct t.run)::int as runs, coalesce(sum(w.received) filter (where read.items > 0), 0)::float8 as received,
  coalesce(sum(read.items) filter (where w.received is not null), 0)::float8 as items
from sluice.ledger l
cross join lateral (
  select (l.receipt ->> 'credits')::float8 as credits, (l.receipt ->> 'received')::float8 as received, to_timestamp((l.receipt ->> 'writtenAt')::float8 / 1000) as written
) w
join sluice.task_run t on t.id = l.task_run join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
-- The rows that a step of the same run read of the batch; of several steps the one that read most.
left join lateral (
  select max((other.receipt ->> 'rowsIn')::float8) as items
  from sluice.task_run o join sluice.ledger other on other.task_run = o.id
  where o.run = t.run
    and other.receipt -> 'inputs' @> jsonb_build_array(jsonb_build_object('dataset', l.receipt ->> 'dataset', 'batch', l.receipt ->> 'batch'))
) read on true
where p.project = $1 and w.credits > 0 and w.written >= to_timestamp($2::float8 / 1000) and w.written < to_timestamp($3::float8 / 1000)
group by 1, 2
order by 2, 1`

/** The credits of a project's receipts in [since, until), by pipeline and day (UTC) of the writing, oldest first. */
export const sumCredits = (
  db: Queryable,
  of: { readonly project: string; readonly since: Instant; readonly until: Instant },
): Promise<readonly SpentCredits[]> => db.query<SpentCredits>(creditsSql, [of.project, of.since, of.until])
