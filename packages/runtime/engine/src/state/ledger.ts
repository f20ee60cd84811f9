import type { Receipt, Writer } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { LedgerEntry, LedgerFilter, Page } from '../api.ts'

interface LedgerRow extends Writer {
  readonly id: number
  readonly recordedAt: number
  readonly receipt: Receipt
}

const entry = 'l.id, p.project, p.name as pipeline, t.run, t.task, l.attempt, l.recorded_at as "recordedAt", l.receipt'
const wholeEntry = `sluice.ledger l
join sluice.task_run t on t.id = l.task_run join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline`

const ledgerSql = `
select ${entry}
from ${wholeEntry}
where ($1::text[] is null or p.project = any($1)) and ($2::text is null or l.dataset = $2) and ($3::text is null or t.run = $3)
  and ($4::bigint is null or l.id < $4)
order by l.id desc limit $5`

export async function listLedger(db: Queryable, filter: LedgerFilter): Promise<Page<LedgerEntry>> {
  const limit = Math.max(1, Math.min(filter.limit ?? 50, 1_000))
  const rows = await db.query<LedgerRow>(ledgerSql, [
    filter.projects ?? (filter.project === undefined ? null : [filter.project]),
    filter.dataset ?? null,
    filter.run ?? null,
    filter.cursor ?? null,
    limit + 1,
  ])
  const items = rows.slice(0, limit).map(entryOf)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** $1 full ids. By when the sink wrote, since a rebuilt ledger has its rows in another order. A retention deletes and writes no batch. */
const newestSql = `
select newest.* from unnest($1::text[]) asked (dataset) cross join lateral (
  select ${entry} from ${wholeEntry}
  where l.dataset = asked.dataset and l.status = 'written' and t.kind <> 'retain'
  order by (l.receipt ->> 'writtenAt')::bigint desc limit 1
) newest`

/** The newest batch of each of these datasets that has one. */
export const newestBatches = async (db: Queryable, datasets: readonly string[]): Promise<readonly LedgerEntry[]> =>
  (await db.query<LedgerRow>(newestSql, [datasets])).map(entryOf)

const entryOf = ({ receipt, ...row }: LedgerRow): LedgerEntry => ({ ...receipt, ...row, id: String(row.id) })
