import type { Receipt } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import type { LedgerEntry, LedgerFilter, Page } from '../api.ts'

interface LedgerRow {
  readonly id: number
  readonly project: string
  readonly pipeline: string
  readonly run: string
  readonly task: string
  readonly attempt: number
  readonly recordedAt: number
  readonly receipt: Receipt
}

const ledgerSql = `
select l.id, p.project, p.name as pipeline, t.run, t.task, l.attempt, l.recorded_at as "recordedAt", l.receipt
from sluice.ledger l
join sluice.task_run t on t.id = l.task_run join sluice.run r on r.id = t.run join sluice.pipeline p on p.id = r.pipeline
where ($1::text is null or p.project = $1) and ($2::text is null or l.dataset = $2) and ($3::text is null or t.run = $3)
  and ($4::bigint is null or l.id < $4)
order by l.id desc limit $5`

export async function listLedger(db: Queryable, filter: LedgerFilter): Promise<Page<LedgerEntry>> {
  const limit = Math.max(1, Math.min(filter.limit ?? 50, 1_000))
  const rows = await db.query<LedgerRow>(ledgerSql, [
    filter.project ?? null,
    filter.dataset ?? null,
    filter.run ?? null,
    filter.cursor ?? null,
    limit + 1,
  ])
  const items = rows.slice(0, limit).map(({ receipt, ...row }) => ({ ...receipt, ...row, id: String(row.id) }))
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}
