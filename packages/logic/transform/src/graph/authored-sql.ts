import type { Sql, SqlPart } from '@sluice/author'
import { formatDuration, formatInstant, unreachable } from '@sluice/core'

/** A statement as its author wrote it, with names in the place of what a run puts there: `${silver.sales.batch}`, `${interval.end}`. */
export const authoredSql = ({ parts }: Sql): string => parts.map(partText).join('')

function partText(part: SqlPart): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'value':
      return typeof part.value === 'string' ? `'${part.value.replaceAll("'", "''")}'` : String(part.value)
    case 'instant':
      return named(typeof part.at === 'string' ? `interval.${part.at}` : formatInstant(part.at))
    case 'output':
      return named(['inputs', part.input, ...part.path].join('.'))
    case 'dataset': {
      const name = part.id.slice(part.id.indexOf('.') + 1)
      if (part.rows === 'all') return named(name)
      return named(part.rows === 'since' ? `${name}.since('${formatDuration(part.ms)}')` : `${name}.${part.rows}`)
    }
    default:
      return unreachable(part)
  }
}

const named = (name: string): string => `\${${name}}`
