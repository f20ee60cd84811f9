import type { Load, Model, Sql, Step } from '@sluice/author'
import { definitionErrors, type SluiceError, unreachable } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import { loadColumn, quoteTable } from '../ddl/names.ts'

export interface RenderedSql {
  readonly text: string
  readonly params: readonly unknown[]
}

/** Text and parameters for the warehouse. Numbers are cast as PostgreSQL would type the same literal, so `$1` behaves like `5`. */
export function renderSql(sql: Sql, options: { readonly loadIds?: readonly number[] } = {}): RenderedSql {
  const params: unknown[] = []
  const bind = (value: unknown, cast = ''): string => `$${params.push(value)}${cast}`
  const text = sql.parts.map((part): string => {
    switch (part.kind) {
      case 'text':
        return part.text
      case 'value':
        return bind(part.value, castOf(part.value))
      case 'table':
        return quoteTable(part.table.name)
      case 'step':
        return tableOfStep(part.step)
      case 'batch_rows':
        if (options.loadIds === undefined)
          throw refused(
            'the rows of a batch are asked for where there is no batch',
            'Use batch.rows in a model that refers to the load of its batch.',
          )
        return `${quoteIdentifier(loadColumn)} = any(${bind(options.loadIds, '::bigint[]')})`
      case 'instant':
        return `to_timestamp(${bind(part.instant, '::numeric')} / 1000)`
      default:
        return unreachable(part)
    }
  })
  return { text: text.join(''), params }
}

function castOf(value: string | number | boolean | null): string {
  if (typeof value === 'boolean') return '::boolean'
  if (typeof value !== 'number') return ''
  if (!Number.isFinite(value)) return '::double precision'
  if (!Number.isInteger(value)) return '::numeric'
  return Math.abs(value) < 2 ** 31 ? '::integer' : Number.isSafeInteger(value) ? '::bigint' : '::numeric'
}

function tableOfStep(step: Step): string {
  if (step.kind === 'load') return quoteTable((step as Load).into.name)
  if (step.kind === 'model' && (step as Model).on === 'warehouse') return quoteTable(step.name)
  throw refused(`step ${step.name} wrote no table of the warehouse`, 'Load it first: load({ from, into }).')
}

const refused = (message: string, next: string): SluiceError => definitionErrors.invalid(message, { next })
