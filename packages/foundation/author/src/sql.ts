import type { DatasetRef, Store } from '@sluice/core'
import type { Step } from './step.ts'
import type { Table } from './table.ts'

/** A piece of a statement. References stay references until the side that runs the statement resolves them. */
export type SqlPart =
  | { readonly kind: 'text'; readonly text: string }
  /** Bound as a parameter or a quoted literal, never spliced. */
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  /** The dataset that this step wrote in the run. */
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'table'; readonly table: Table }
  /** A predicate: the rows of the batch at hand. */
  | { readonly kind: 'batch_rows' }
  /** An instant, epoch milliseconds, rendered as a timestamp with time zone. */
  | { readonly kind: 'instant'; readonly instant: number }

/** SQL text with its references. `S` says which stores it refers to: a lake model must not name a warehouse table. */
export interface Sql<S extends Store = Store> {
  readonly kind: 'sql'
  readonly parts: readonly SqlPart[]
  readonly stores?: S
}

export type SqlValue = string | number | boolean | null | Sql | Step | Table

/** The stores a value of a template refers to. */
export type StoreOf<V> = V extends Table
  ? 'warehouse'
  : V extends Sql<infer S>
    ? S
    : V extends Step<infer Output>
      ? Output extends DatasetRef<infer S>
        ? S
        : never
      : never

type IsAny<T> = 0 extends 1 & T ? true : false

/** Refuses a step that wrote no dataset; lets everything else through unchanged. */
type ReferenceCheck<V> =
  IsAny<V> extends true
    ? unknown
    : V extends Step<infer Output>
      ? IsAny<Output> extends true
        ? unknown
        : [Output] extends [DatasetRef]
          ? unknown
          : { readonly 'only a step that returns a dataset reference (lake.land, a model, a load) can stand in sql as a table': Output }
      : unknown

/** A statement with typed references: sql`select * from ${assets} where seen_at >= ${interval.start}`. Values are bound, never spliced. */
export function sql<const V extends readonly SqlValue[]>(
  strings: TemplateStringsArray,
  ...values: V & { readonly [K in keyof V]: ReferenceCheck<V[K]> }
): Sql<StoreOf<V[number]>> {
  const parts: SqlPart[] = []
  strings.forEach((text, index) => {
    if (text !== '') parts.push({ kind: 'text', text })
    if (index < values.length) parts.push(...partsOf((values as readonly SqlValue[])[index] ?? null))
  })
  return Object.freeze({ kind: 'sql', parts })
}

function partsOf(value: SqlValue): readonly SqlPart[] {
  if (value === null || typeof value !== 'object') return [{ kind: 'value', value }]
  if (value.kind === 'sql') return value.parts
  if (value.kind === 'table') return [{ kind: 'table', table: value }]
  return [{ kind: 'step', step: value }]
}

/** SQL text taken as it is. For constants of the program, never for input. */
export const rawSql = (text: string): Sql<never> => fragment({ kind: 'text', text })

export const batchRows: Sql<never> = fragment({ kind: 'batch_rows' })

export const instantSql = (instant: number): Sql<never> => fragment({ kind: 'instant', instant })

function fragment(part: SqlPart): Sql<never> {
  return Object.freeze({ kind: 'sql', parts: [part] })
}
