import { type Columns, decimal, integer, type RowOf, type Sql, sql } from 'sluice'

const exact = decimal(38, 18)
const count = integer({ notNull: true })

/** What a market came to. */
export const marketFigures = { assets: count, total: exact, mean: exact, weighted: exact, up: count, down: count } satisfies Columns
export type Market = RowOf<typeof marketFigures>

/** Of rows with `variation` in percent and `cap` in USD. The weighted mean is by capitalisation, so that small coins do not dominate. */
export const marketOf = <Uses extends string>(rows: Sql<Uses>): Sql<Uses> =>
  sql`
  select count(*)::integer as assets, sum(cap) as total, avg(variation) as mean,
    sum(variation * cap) / nullif(sum(cap) filter (where variation is not null), 0) as weighted,
    count(*) filter (where variation > 0)::integer as up, count(*) filter (where variation < 0)::integer as down
  from (${rows as Sql<never>}) r` as Sql<Uses>

/** What people read of an asset. */
export interface Asset {
  readonly rang: number
  readonly symbole: string
  readonly nom: string
  readonly prix: string
  readonly jour: string | null
  /** Over seven days, where it is known. */
  readonly semaine?: string | null
}
