import type { Instant } from '@sluice/core'
import { frozen } from '../base/frozen.ts'
import type { None } from '../base/types.ts'

/** Which rows of a dataset a statement reads. */
export type SqlRows =
  /** All that are there. */
  | { readonly rows: 'all' }
  /** Those of the batches at hand; `once`: of each key of the dataset the one that stays among them. */
  | { readonly rows: 'batch'; readonly once?: true }
  /** Those whose order column is greatest, up to the run's logical time. */
  | { readonly rows: 'latest' }
  /** Those whose order column lies so many milliseconds before the run's logical time at most. */
  | { readonly rows: 'since'; readonly ms: number }

/** A piece of a statement. References stay references until the side that runs the statement resolves them. */
export type SqlPart =
  | { readonly kind: 'text'; readonly text: string }
  /** Bound as a parameter or a quoted literal, never spliced. */
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  /** A timestamp with time zone: a bound of the run's data interval, or epoch milliseconds. */
  | { readonly kind: 'instant'; readonly at: 'start' | 'end' | Instant }
  | ({ readonly kind: 'dataset'; readonly id: string } & SqlRows)
  | OutputPart

/** A value of the output of another step, by the name that the step gives it. `value` is there where the statement runs. */
export interface OutputPart {
  readonly kind: 'output'
  readonly input: string
  readonly path: readonly string[]
  readonly value?: string | number | boolean | null
}

declare const uses: unique symbol
/** A statement and the datasets that it names: `Sql<"warehouse.public.prices">`. */
export interface Sql<Uses extends string = string> {
  readonly kind: 'sql'
  readonly parts: readonly SqlPart[]
  readonly [uses]?: Uses
}

export const fragment = (part: SqlPart): Sql<never> => frozen({ kind: 'sql', parts: [part] })

/** SQL text taken as it is. For constants of the program, never for input. */
export const rawSql = (text: string): Sql<never> => fragment({ kind: 'text', text })

/** An instant as a value of SQL: a timestamp with time zone. */
export const instant = (at: Instant): Sql<never> => fragment({ kind: 'instant', at })

/** The outputs that a statement may name, each member of them a value of SQL: `${inputs.chosen.snapshot}`. */
export type OutputRefs<Outputs> = { readonly [N in keyof Outputs]: OutputRef<Outputs[N]> }
type OutputRef<Output> = Sql<never> &
  (NonNullable<Output> extends readonly unknown[]
    ? unknown
    : NonNullable<Output> extends object
      ? { readonly [K in keyof NonNullable<Output>]-?: OutputRef<NonNullable<Output>[K]> }
      : unknown)

/** What a statement is a pure function of, besides what it reads: the bounds of the data interval, and outputs that its step needs. */
export interface QueryContext<Outputs = None> {
  readonly interval: { readonly start: Sql<never>; readonly end: Sql<never> }
  readonly inputs: OutputRefs<Outputs>
}
export const queryContext: QueryContext = frozen({
  inputs: {},
  interval: { start: fragment({ kind: 'instant', at: 'start' }), end: fragment({ kind: 'instant', at: 'end' }) },
})

/** Datasets that a statement names, by id, in the order of their first mention. */
export const datasetsIn = (sql: Sql): readonly string[] => [
  ...new Set(sql.parts.flatMap((part) => (part.kind === 'dataset' ? [part.id] : []))),
]

/** Datasets of which it reads the batches at hand. */
export const batchesIn = (sql: Sql): readonly string[] => [
  ...new Set(sql.parts.flatMap((part) => (part.kind === 'dataset' && part.rows === 'batch' ? [part.id] : []))),
]

/**
 * Datasets that a statement reads as they stand whenever it runs. None of one that looks at the run's data interval: run for an older run,
 * it shows less.
 */
export const readAsTheyStand = (sql: Sql): readonly string[] =>
  sql.parts.some(looksAtInterval)
    ? []
    : datasetsIn(sql).filter((id) => sql.parts.some((part) => part.kind === 'dataset' && part.id === id && part.rows === 'all'))

/** So does one that is given what another step of the run has found. */
const looksAtInterval = (part: SqlPart): boolean =>
  part.kind === 'output' ||
  (part.kind === 'instant' && typeof part.at === 'string') ||
  (part.kind === 'dataset' && (part.rows === 'latest' || part.rows === 'since'))
