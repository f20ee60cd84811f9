import type { Queryable } from '@sluice/postgres'

/** A row that a load refused. */
export interface QuarantinedRow {
  readonly id: number
  readonly loadId: number
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  /**
   * The record of the input, counted from 1; a quoted line break does not start another. Null for a row that was in the table, until an
   * earlier one of its key came.
   */
  readonly rowNumber: number | null
  /** The id of the rule it broke: `type(price)`, `unique(a,b)`, `orphan(customer)`. */
  readonly rule: string
  /** The columns at fault, with commas. */
  readonly place: string
  /** As text. */
  readonly cells: Readonly<Record<string, string | null>>
  /** Epoch milliseconds. */
  readonly quarantinedAt: number
}

export interface QuarantineFilter {
  readonly dataset?: string
  readonly batch?: string
  readonly loadId?: number
  /** Default 1,000. */
  readonly limit?: number
}

const selectQuarantine = `
select id, load_id as "loadId", dataset, batch, generation, row_number as "rowNumber", rule, place, cells, quarantined_at as "quarantinedAt"
from public.sluice_quarantine
where ($1::text is null or dataset = $1) and ($2::text is null or batch = $2) and ($3::bigint is null or load_id = $3)
order by id
limit $4`

export const readQuarantine = (db: Queryable, filter: QuarantineFilter): Promise<QuarantinedRow[]> =>
  db.query<QuarantinedRow>(selectQuarantine, [filter.dataset ?? null, filter.batch ?? null, filter.loadId ?? null, filter.limit ?? 1000])
