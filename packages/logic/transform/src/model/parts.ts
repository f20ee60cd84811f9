import { type AnyDataset, datasetOf, datasetsIn, type Model, type PartRead, type Reading } from '@sluice/author'
import { bugErrors, given } from '@sluice/core'
import { type DuckConnection, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { BatchRows, Lake } from '@sluice/lake'

export interface PartsOptions {
  readonly model: Pick<Model, 'into' | 'sql'>
  readonly reading: Reading
  readonly lake: Pick<Lake, 'touched' | 'versionOf'>
  readonly connection: DuckConnection
  /** Versions of the sources that the table was made of; undefined where all of it is to be made. */
  readonly before: Readonly<Record<string, number>> | undefined
}

export interface Parts {
  readonly mode: Extract<BatchRows['mode'], { readonly partition: unknown }>
  readonly parts: NonNullable<Reading['parts']>
}

/**
 * The partitions that a run makes anew: those of which a row of a source has changed since the versions that the table was made of. A
 * change of a source that does not have the column concerns all of them.
 */
export async function partsOf({ model: { into, sql }, reading, lake, connection, before }: PartsOptions): Promise<Parts> {
  const column = partitionOf(into)
  const read: Record<string, number> = {}
  const touched = new Set<string>()
  let isAll = before === undefined
  for (const id of datasetsIn(sql)) {
    const { name, columns } = datasetOf(reading, id)
    const to = await lake.versionOf(connection, name)
    if (to === undefined) continue
    read[id] = to
    if (isAll) continue
    const found = await lake.touched(connection, name, {
      from: before?.[id],
      to,
      column: columns[column] === undefined ? undefined : column,
    })
    if (found === 'all') isAll = true
    else for (const value of found) touched.add(value)
  }
  isAll ||= touched.size > mostAtOnce || Object.keys(before ?? {}).some((id) => read[id] === undefined)
  const values = isAll ? ('all' as const) : [...touched]
  const parts = datasetsIn(sql).map((id): [string, PartRead] => {
    const has = datasetOf(reading, id).columns[column] !== undefined
    return [id, given({ version: read[id], column: has ? column : undefined, values: isAll ? undefined : [...touched] })]
  })
  const kind = into.columns[column]?.type.kind ?? 'text'
  return { mode: { partition: { name: column, kind }, values, read }, parts: new Map(parts) }
}

/** More are made anew as a whole. */
const mostAtOnce = 1_000

export function partitionOf({ id, facts: { partition } }: AnyDataset): string {
  if (partition !== undefined) return partition
  throw bugErrors.unreachable(`${id} declares no partition`, { next: 'Please report this with the dataset.' })
}

/** A query that gives rows of partitions that are not made anew, such as days without any, is held to those that are. */
export function withinParts(into: AnyDataset, query: string, { values }: Parts['mode']): string {
  if (values === 'all') return query
  const column = partitionOf(into)
  const value = `TRY_CAST(${quoteIdentifier(column)} AS ${duckdbType(into.columns[column]?.type ?? { kind: 'text' })})`
  const among = values.map((each) => quoteLiteral(each)).join(', ')
  return `SELECT * FROM (${query}\n) WHERE ${values.length === 0 ? 'false' : `${value} IS NULL OR CAST(${value} AS VARCHAR) IN (${among})`}`
}
