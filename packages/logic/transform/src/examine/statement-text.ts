import type { AnyDataset, Sql, SqlPart } from '@sluice/author'
import { unreachable } from '@sluice/core'
import { quoteIdentifier } from '@sluice/duckdb'

type Named = ReadonlyMap<string, Pick<AnyDataset, 'name'>>

/** The statement as DuckDB's parser reads it: names for datasets, whichever of their rows it reads, and values that mean nothing. */
export const statementText = ({ parts }: Sql, datasets: Named): string => parts.map((part) => partText(part, datasets)).join('')

function partText(part: SqlPart, datasets: Named): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'value':
    case 'output':
      return "'?'"
    case 'instant':
      return "TIMESTAMPTZ '2026-01-01'"
    case 'dataset': {
      const [schema = '', name = ''] = (datasets.get(part.id)?.name ?? part.id).split('.')
      return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
    }
    default:
      return unreachable(part)
  }
}
