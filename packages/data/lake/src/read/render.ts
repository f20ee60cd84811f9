import type { Sql, Step } from '@sluice/author'
import { type DatasetRef, definitionErrors, formatInstant, type Instant, unreachable } from '@sluice/core'
import { quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import { batchColumn } from '../silver/delta-columns.ts'

/** What the references of a statement stand for. */
export interface Resolution {
  /** SELECT over the dataset that the step wrote. */
  readonly step: (step: Step) => string
  /** Batches at hand. */
  readonly batches: readonly string[]
}

/** A statement over the lake as DuckDB SQL: pure. Values become quoted literals. @throws `definition.invalid` for a warehouse table. */
export function renderSql(sql: Sql, { step, batches }: Resolution): string {
  return sql.parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
          return part.text
        case 'value':
          return valueSql(part.value)
        case 'step':
          return `(${step(part.step)})`
        case 'table':
          return refuseTable(part.table.name)
        case 'batch_rows':
          return batchPredicate(batches)
        case 'instant':
          return instantLiteral(part.instant)
        default:
          return unreachable(part)
      }
    })
    .join('')
}

export function batchPredicate(batches: readonly string[]): string {
  return batches.length === 0 ? '(false)' : `(${quoteIdentifier(batchColumn)} IN (${batches.map(quoteLiteral).join(', ')}))`
}

export const instantLiteral = (instant: Instant): string => `TIMESTAMPTZ ${quoteLiteral(formatInstant(instant).replace('Z', '+00:00'))}`

/** Names of the steps a statement refers to, once each. */
export function stepsOf(sql: Sql): readonly string[] {
  return [...new Set(sql.parts.flatMap((part) => (part.kind === 'step' ? [part.step.name] : [])))]
}

/** @throws `definition.invalid` when a step the statement refers to wrote no dataset in this run. */
export function refOf(refs: Readonly<Record<string, DatasetRef>>, step: string): DatasetRef {
  const ref = refs[step]
  if (ref !== undefined) return ref
  throw definitionErrors.invalid(`the step "${step}" gave no dataset to read`, {
    facts: { step, given: Object.keys(refs) },
    next: 'Put the step among the needs of the task, and let it return the reference that lake.land, a model or a load gave it.',
  })
}

function valueSql(value: string | number | boolean | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoteLiteral(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (Number.isSafeInteger(value)) return value < 0 ? `(${value})` : String(value)
  return `CAST(${quoteLiteral(String(value))} AS DOUBLE)`
}

function refuseTable(name: string): never {
  throw definitionErrors.invalid(`the warehouse table ${name} cannot be read in SQL over the lake`, {
    facts: { table: name },
    next: 'Cross with load({ from, into }) and declare the model on: warehouse, or read the lake dataset the table was loaded from.',
  })
}
