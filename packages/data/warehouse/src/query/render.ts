import { type AnyDataset, datasetOf, type Reading, type Sql, type SqlPart } from '@sluice/author'
import { bugErrors, dayIn, definitionErrors, type Instant, type SluiceError, unreachable } from '@sluice/core'
import { quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { loadColumn, quoteTable } from '../ddl/names.ts'

export interface RenderedSql {
  readonly text: string
  readonly params: readonly unknown[]
}

/**
 * Text and parameters for the warehouse. Numbers are cast as PostgreSQL would type the same literal, so `$1` behaves like `5`.
 * @throws `definition.invalid` for a dataset of the lake, or one that the step does not declare.
 */
export function renderSql(sql: Sql, reading: Reading): RenderedSql {
  const params: unknown[] = []
  return { text: rendered(sql, reading, (value, cast = '') => `$${params.push(value)}${cast}`), params }
}

/** A text without parameters, as what is kept in the database has to be. Errors as `renderSql`. */
export const literalSql = (sql: Sql, reading: Reading): string => rendered(sql, reading, (value, cast = '') => `${literalOf(value)}${cast}`)

function literalOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quoteLiteral(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? `(${value})` : quoteLiteral(String(value))
  throw bugErrors.unreachable('a list of values is only there in a run', { next: 'Please report this with the statement.' })
}

function rendered(sql: Sql, reading: Reading, bind: Bind): string {
  const text = sql.parts.map((part): string => {
    switch (part.kind) {
      case 'text':
        return part.text
      case 'value':
        return bind(part.value, castOf(part.value))
      case 'output':
        return bind(part.value ?? null, castOf(part.value ?? null))
      case 'dataset':
        return rowsSql(part, reading, bind)
      case 'instant':
        return instantSql(typeof part.at === 'number' ? part.at : reading.interval[part.at], bind)
      default:
        return unreachable(part)
    }
  })
  return text.join('')
}

type Bind = (value: unknown, cast?: string) => string

const instantSql = (at: Instant, bind: Bind): string => `to_timestamp(${bind(at, '::numeric')} / 1000)`

function castOf(value: string | number | boolean | null): string {
  if (typeof value === 'boolean') return '::boolean'
  if (typeof value !== 'number') return ''
  if (!Number.isFinite(value)) return '::double precision'
  if (!Number.isInteger(value)) return '::numeric'
  return Math.abs(value) < 2 ** 31 ? '::integer' : Number.isSafeInteger(value) ? '::bigint' : '::numeric'
}

/** All rows are the table itself, so that its columns can be named by it. The version of a batch is the id of the load that wrote it. */
function rowsSql(part: SqlPart & { readonly kind: 'dataset' }, reading: Reading, bind: Bind): string {
  const dataset = datasetOf(reading, part.id)
  if (dataset.on !== 'warehouse') throw refused(part.id)
  const table = quoteTable(dataset.name)
  const { end } = reading.interval
  switch (part.rows) {
    case 'all':
      return table
    case 'batch': {
      const loads = (reading.batches.get(part.id) ?? []).map(({ version }) => Number(version))
      return `(select * from ${table} where ${quoteIdentifier(loadColumn)} = any(${bind(loads, '::bigint[]')}))`
    }
    case 'latest': {
      const { column, isTime, at } = orderOf(dataset, reading.timeZone, bind)
      const upTo = isTime ? ` where ${column} <= ${at(end)}` : ''
      return `(select * from ${table} where ${column} = (select max(${column}) from ${table}${upTo}))`
    }
    case 'since': {
      const { column, at } = orderOf(dataset, reading.timeZone, bind)
      return `(select * from ${table} where ${column} between ${at(end - part.ms)} and ${at(end)})`
    }
    default:
      return unreachable(part)
  }
}

/** The column that says which rows are newest, and an instant as a value of it. */
function orderOf({ columns, facts }: AnyDataset, timeZone: string, bind: Bind) {
  const order = facts.order ?? ''
  const kind = columns[order]?.type.kind
  return {
    column: quoteIdentifier(order),
    isTime: kind === 'date' || kind === 'timestamp',
    at: (instant: Instant): string => (kind === 'date' ? bind(dayIn(instant, timeZone), '::date') : instantSql(instant, bind)),
  }
}

const refused = (id: string): SluiceError =>
  definitionErrors.invalid(`${id} is in the lake and cannot be read in SQL of the warehouse`, {
    facts: { dataset: id },
    next: 'Bring it over with load({ from, into }), and read the dataset that it fills.',
  })
