import type { DatasetRef } from '@sluice/core'
import type { Column, Columns } from './columns.ts'
import type { Model } from './model.ts'
import { type Needs, type Step, type StepOptions, stepFields } from './step.ts'
import type { Table } from './table.ts'

/** `append`: new rows of the batch. `upsert`: insert or update by the table's key. Either way a rerun replaces exactly its own batch's rows. */
export type LoadMode = 'append' | 'upsert'

/** The explicit crossing from lake to warehouse: one batch of a model into one table, in one transaction with its receipt. */
export interface Load extends Step<DatasetRef<'warehouse'>> {
  readonly kind: 'load'
  readonly from: Model<Columns, 'lake'>
  readonly into: Table
  readonly mode: LoadMode
  /** Table column -> model column. */
  readonly columns: Readonly<Record<string, string>>
}

/** Table columns that a load must fill: not null and not filled by the database. */
type Required<C extends Columns> = { [K in keyof C & string]: C[K] extends Column<unknown, true, false> ? K : never }[keyof C & string]

/** Every required table column is either mapped or has the same name in the model. */
type MissingCheck<From extends Columns, Into extends Columns, Map> = [Exclude<Required<Into>, keyof Map | keyof From>] extends [never]
  ? unknown
  : {
      readonly 'columns of the table that must be filled and that the model does not have: name them under columns': Exclude<
        Required<Into>,
        keyof Map | keyof From
      >
    }

export function load<
  const From extends Columns,
  const Into extends Columns,
  const Map extends { readonly [K in keyof Into & string]?: keyof From & string } = Record<never, never>,
>(
  definition: Omit<StepOptions<Needs, 'all_success'>, 'name' | 'needs' | 'rule'> & {
    /** Defaults to `load_<table>`. */
    readonly name?: string
    readonly from: Model<From, 'lake'>
    readonly into: Table<Into>
    readonly mode: LoadMode
    /** Where names differ: table column -> model column. Columns of equal name map by themselves. */
    readonly columns?: Map & { readonly [K in keyof Map]: K extends keyof Into ? unknown : never }
  } & MissingCheck<From, Into, Map>,
): Load {
  const { from, into, mode } = definition
  const name = definition.name ?? `load_${into.name.split('.')[1] ?? into.name}`
  const same = Object.keys(into.columns).filter((column) => column in from.columns && into.columns[column]?.generated === undefined)
  const columns: Record<string, string> = Object.fromEntries(same.map((column) => [column, column]))
  return Object.freeze({
    ...stepFields({ ...definition, name, needs: { [from.name]: from } }),
    kind: 'load',
    from,
    into,
    mode,
    columns: { ...columns, ...(definition.columns as Readonly<Record<string, string>> | undefined) },
  })
}
