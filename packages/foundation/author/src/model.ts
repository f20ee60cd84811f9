import type { DatasetRef, Store } from '@sluice/core'
import { definitionErrors, type SluiceError } from '@sluice/core'
import type { Check } from './checks.ts'
import type { Columns } from './columns.ts'
import { batchRows, instantSql, type Sql, type SqlPart } from './sql.ts'
import { type Needs, type Step, type StepOptions, stepFields } from './step.ts'
import type { Table } from './table.ts'

/**
 * How a model is brought up to date. `batch`: each run adds the rows of its batch, a rerun replaces exactly those. `full`: the whole table each time.
 * `key` (warehouse only): each run inserts its rows or updates those of equal key, which then belong to its batch.
 */
export type Refresh<Name extends string = string> =
  | { readonly by: 'batch' }
  | { readonly by: 'full' }
  | { readonly by: 'key'; readonly key: readonly Name[] }

/** What `query` may build on. The query must be a pure function of it. */
export interface QueryContext {
  /** `${batch.rows}`: the predicate that keeps the rows of the upstream batch at hand. */
  readonly batch: { readonly rows: Sql<never> }
  /** The run's data interval, as timestamps. */
  readonly interval: { readonly start: Sql<never>; readonly end: Sql<never> }
}

/** A SQL transformation that writes one dataset. Its columns are cast strictly: a value that does not fit sends the row to quarantine. */
export interface Model<C extends Columns = Columns, On extends Store = Store> extends Step<DatasetRef<On>> {
  readonly kind: 'model'
  readonly on: On
  readonly columns: C
  readonly refresh: Refresh
  readonly checks: readonly Check[]
  query(context: QueryContext): Sql
}

type StoreCheck<Used extends Store, On extends Store> = [Used] extends [On]
  ? unknown
  : On extends 'lake'
    ? {
        readonly 'a model on the lake cannot reference a warehouse table: cross with load({ from, into }), or declare on: warehouse': Exclude<
          Used,
          On
        >
      }
    : {
        readonly 'a model on the warehouse cannot reference a lake table: cross with load({ from, into }), or declare on: lake': Exclude<
          Used,
          On
        >
      }

export function model<const C extends Columns, const On extends Store, Used extends Store = never>(
  definition: Omit<StepOptions<Needs, 'all_success'>, 'name' | 'needs' | 'rule'> & {
    /** `layer.name`: the dataset and the name of the step. */
    readonly name: `${string}.${string}`
    readonly on: On
    readonly columns: C
    readonly refresh: Refresh<keyof C & string>
    readonly checks?: readonly Check<keyof C & string>[]
    readonly query: (context: QueryContext) => Sql<Used>
  } & StoreCheck<Used, On>,
): Model<C, On> {
  const { query, checks = [] } = definition
  refuseBadKey(definition)
  for (const check of checks) {
    for (const name of 'columns' in check ? check.columns : [check.column]) {
      if (!(name in definition.columns)) {
        throw definitionErrors.invalid(`model ${definition.name}: check on undeclared column "${name}"`, {
          next: 'Declare the column or correct the check.',
        })
      }
    }
  }
  return Object.freeze({
    ...stepFields({ ...definition, needs: referencedSteps(definition.name, query) }),
    kind: 'model',
    on: definition.on,
    columns: definition.columns,
    refresh: definition.refresh,
    checks,
    query,
  })
}

function refuseBadKey({ name, on, columns, refresh }: Pick<Model, 'name' | 'on' | 'columns' | 'refresh'>): void {
  if (refresh.by !== 'key') return
  const refused = (message: string, next: string): SluiceError =>
    definitionErrors.invalid(`model ${name}: ${message}`, { facts: { model: name, key: refresh.key }, next })
  if (on === 'lake') {
    throw refused(
      "refresh by key is for models on the warehouse; the lake has by: 'batch' and by: 'full'",
      "Use by: 'batch' and cross with load({ from, into, mode: 'upsert' }), or declare it on: 'warehouse'.",
    )
  }
  if (refresh.key.length === 0) throw refused('the key of its refresh is empty', 'Name the columns that tell its rows apart.')
  const stranger = refresh.key.find((column) => !Object.hasOwn(columns, column))
  if (stranger !== undefined)
    throw refused(`key column "${stranger}" is not declared`, 'Declare it under columns, or take it out of the key.')
}

/**
 * The warehouse table that a model on the warehouse writes: its columns, with the key of `refresh: { by: 'key' }` as primary key and none otherwise.
 * A migration creates it. A project that wants more (indexes, defaults, another key) declares a `table` of the same name beside it.
 */
export const tableOfModel = ({ name, columns, refresh, description }: Model): Table => ({
  kind: 'table',
  store: 'warehouse',
  name,
  columns,
  key: refresh.by === 'key' ? refresh.key : [],
  indexes: [],
  references: [],
  comment: description,
})

export const queryContext = (interval: { readonly start: number; readonly end: number }): QueryContext => ({
  batch: { rows: batchRows },
  interval: { start: instantSql(interval.start), end: instantSql(interval.end) },
})

/** Calls the query twice with a placeholder interval: to collect what it references, and to refuse one that is not pure. */
function referencedSteps(name: string, query: (context: QueryContext) => Sql): Needs {
  const placeholder = { start: 0, end: 0 }
  const [first, second] = [query(queryContext(placeholder)), query(queryContext(placeholder))]
  if (shapeOf(first.parts) !== shapeOf(second.parts)) {
    throw definitionErrors.invalid(`model ${name}: the query gives different SQL when called twice`, {
      next: 'Make it a pure function of its context: no clock, no random numbers, no environment.',
    })
  }
  const steps = new Map<string, Step>()
  for (const part of first.parts) {
    if (part.kind !== 'step') continue
    const known = steps.get(part.step.name)
    if (known !== undefined && known !== part.step) {
      throw definitionErrors.invalid(`model ${name}: the query refers to two steps named "${part.step.name}"`, {
        facts: { model: name, step: part.step.name },
        next: 'Give each step of a pipeline its own name.',
      })
    }
    steps.set(part.step.name, part.step)
  }
  return Object.fromEntries(steps)
}

const shapeOf = (parts: readonly SqlPart[]): string =>
  JSON.stringify(
    parts.map((part) => (part.kind === 'step' ? { step: part.step.name } : part.kind === 'table' ? { table: part.table.name } : part)),
  )
