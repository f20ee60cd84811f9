import { type AnyDataset, supersededMs } from '@sluice/author'
import { quoteIdentifier } from '@sluice/duckdb'
import { batchColumn } from './delta-columns.ts'

/** The rows of a table go by their key: of all batches that bring one, the latest row in order stands in the table. */
export interface ByKey {
  readonly key: readonly string[]
  /** The column that says which row is later, before the order of the batches does. */
  readonly order: string | undefined
  /** How long rows stay beside the table that another one stands in for; the next in line of each key stays longer. */
  readonly supersededMs: number
  /** Whether the table marks rows as gone in place of writing their files anew. Not said: as it has it. */
  readonly deletionVectors?: boolean | undefined
  /** The rows that batches bring are not the rows of the table: those are the versions made of them. */
  readonly versions?: ByVersions
}

export const byKeyOf = ({ key, facts }: Pick<AnyDataset, 'key' | 'facts'>): ByKey => ({
  key,
  order: facts.order,
  supersededMs: supersededMs(facts),
  deletionVectors: facts.deletionVectors,
})

/** How the versions of a table are made of the rows of its batches. */
export interface ByVersions {
  readonly entity: readonly string[]
  readonly from: string
  readonly to: string
  readonly current: string | undefined
  readonly deleted: string | undefined
  readonly compared: readonly string[]
  /** Columns that are filled here, and not by the batches. */
  readonly bounds: readonly string[]
  /** Each batch shows all there is, and what it lacks is closed. */
  readonly closesMissing: boolean
}

/** What the rows of a batch carry beside its table: `as of`, in UTC, and `turn`. */
export const asOfColumn = '_as_of'
export const turnColumn = '_turn'

/** A list for ORDER BY: the latest row first. Batches that were written at one moment share a turn, and their names decide. */
export function latestFirst({ key, order }: Pick<ByKey, 'key' | 'order'>): string {
  const byColumn = order === undefined || key.includes(order) ? [] : [`${quoteIdentifier(order)} DESC NULLS LAST`]
  return [...byColumn, ...[asOfColumn, turnColumn, batchColumn].map((name) => `${quoteIdentifier(name)} DESC`)].join(', ')
}

export const columnList = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ')

/** SELECT of the latest row of each key among those of `select`, all of its columns. */
export const latestOf = (select: string, by: Pick<ByKey, 'key' | 'order'>): string =>
  `SELECT * FROM (${select}) QUALIFY row_number() OVER (PARTITION BY ${columnList(by.key)} ORDER BY ${latestFirst(by)}) = 1`
