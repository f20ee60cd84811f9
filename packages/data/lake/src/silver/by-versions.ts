import { type AnyDataset, boundsOf, type Columns, comparedOf, entityOf } from '@sluice/author'
import { versionsSql } from '@sluice/checks'
import { quoteIdentifier } from '@sluice/duckdb'
import { batchColumn } from './delta-columns.ts'
import { asOfColumn, type ByVersions, turnColumn } from './row-order.ts'

/** Of a row beside a table of versions: whether its batch shows all there is. A batch of which rows are in quarantine does not. */
export const wholeColumn = '_whole'

/** `undefined` of a dataset that declares no versions. */
export function byVersionsOf(dataset: Pick<AnyDataset, 'columns' | 'key' | 'facts'>): ByVersions | undefined {
  const { versions } = dataset.facts
  if (versions === undefined) return undefined
  return {
    entity: entityOf(dataset),
    from: versions.from,
    to: versions.to,
    current: versions.current,
    deleted: versions.deleted,
    compared: comparedOf(dataset),
    bounds: boundsOf(dataset),
    closesMissing: versions.missing === 'close',
  }
}

/** The columns that the rows of a batch have. */
export const observedColumns = (columns: Columns, { bounds }: ByVersions): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => !bounds.includes(name)))

/** SELECT of the versions of what was seen, their columns those of the table. */
export const versionsOf = (
  seen: string,
  columns: readonly string[],
  { order, of }: { readonly order: string | undefined; readonly of: ByVersions },
): string =>
  versionsSql({
    ...of,
    seen,
    columns,
    order,
    batch: {
      column: batchColumn,
      asOf: asOfColumn,
      latest: [asOfColumn, turnColumn, batchColumn],
      whole: of.closesMissing ? wholeColumn : undefined,
    },
    quote: quoteIdentifier,
  })
