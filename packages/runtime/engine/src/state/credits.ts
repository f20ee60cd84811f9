import type { Instant, SpentCredits } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'

const creditsSql = `
select p.name as pipeline, to_char(w.written at time zone 'UTC', 'YYYY-MM-DD') as day, sum(w.credits)::float8 as credits, count(*)::int as batches,
  count(distinct t.run)::int as runs
from sluice.ledger l
cross join lateral (
  select (l.receipt ->> 'credits')::float8 as credits, to_timestamp((l.receipt ->> 'writtenAt')::float8 / 1000) as written
) w
join sluice.task_run t on t.id = l.task_run join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
where p.project = $1 and w.credits > 0 and w.written >= to_timestamp($2::float8 / 1000) and w.written < to_timestamp($3::float8 / 1000)
group by 1, 2
order by 2, 1`

/** The credits of a project's receipts in [since, until), by pipeline and day (UTC) of the writing, oldest first. */
export const sumCredits = (
  db: Queryable,
  of: { readonly project: string; readonly since: Instant; readonly until: Instant },
): Promise<readonly SpentCredits[]> => db.query<SpentCredits>(creditsSql, [of.project, of.since, of.until])
