import type { BatchWrite, Instant } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import type { LoadPlan, Road } from './plan.ts'

/**
 * Where a load stands among those of its table: the latest data wins under a key, not the last writer. Loads are compared by `asOf`, then
 * by `turn`. Rows of a dataset with an `order` column are compared by that column first.
 */
export interface LoadOrder {
  /** The run's logical time; of a load that reads more than batches, the newest batch that it has read. */
  readonly asOf: Instant
  /**
   * A number that rises with each load that takes its turn at the table. Later loads of a batch keep the number of the first, so that
   * clearing it moves nothing; one that reads more than batches has seen all that came before it, and takes a new one.
   */
  readonly turn: number
}

/** What a load reads beside the batches at hand: datasets of the warehouse, by full id, whose rows it reads as they stand. */
export interface WholeReads {
  readonly reads?: readonly string[]
}

/** $1 datasets. */
export const newestOf = 'select max(as_of) as "asOf" from public.sluice_loads where dataset = any($1)'

export const readsWhole = ({ asOf }: BatchWrite, { reads = [] }: WholeReads): boolean => asOf !== undefined || reads.length > 0

/**
 * Whether the row of the table, `target`, comes later in order than the staged row, over `$3` (as of, milliseconds) and `$4` (turn) of this
 * load. Rows that no load has written come first.
 */
export function targetIsLater({ table, columns }: LoadPlan, { typed }: Road): string {
  const byLoad = `exists (select from public.sluice_loads l
    where l.id = target._load_id and (l.as_of, l.turn) > (to_timestamp($3::numeric / 1000), $4::bigint))`
  const { order } = table.facts
  const place = columns.findIndex(({ name }) => name === order)
  if (order === undefined || place < 0 || table.key.includes(order)) return byLoad
  const [there, staged] = [`target.${quoteIdentifier(order)}`, typed[place] ?? 'null']
  return `case when ${there} is not distinct from ${staged} then ${byLoad}
    when ${staged} is null then true when ${there} is null then false else ${there} > ${staged} end`
}

/** Whether two rows can differ in order without one load being later than another. */
export const hasOrderColumn = ({ table, columns }: Pick<LoadPlan, 'table' | 'columns'>): boolean =>
  table.facts.order !== undefined && !table.key.includes(table.facts.order) && columns.some(({ name }) => name === table.facts.order)
