import { definitionErrors } from '@sluice/core'
import type { Columns } from './columns.ts'

export interface Index<Name extends string = string> {
  readonly columns: readonly Name[]
  readonly unique?: boolean
}

/** A foreign key: a row whose columns are all present needs the row they name. A load quarantines the others. */
export interface Reference<Name extends string = string> {
  readonly columns: readonly Name[]
  readonly table: (() => Table) | 'self'
  /** Columns of the other table; default: its primary key. */
  readonly to?: readonly string[]
}

/** A warehouse table as code: one definition gives DDL, load types, checks and documentation. */
export interface Table<C extends Columns = Columns> {
  readonly kind: 'table'
  readonly store: 'warehouse'
  /** `schema.name`. */
  readonly name: string
  readonly columns: C
  /** Primary key, in order. */
  readonly key: readonly string[]
  readonly indexes: readonly Index[]
  readonly references?: readonly Reference[]
  readonly comment: string | undefined
}

/**
 * Declares a warehouse table. Each row also carries `_load_id`, the id of the row in `sluice_loads` that wrote it;
 * the platform adds that column.
 */
export function table<const C extends Columns>(definition: {
  readonly name: `${string}.${string}`
  readonly columns: C
  readonly key: readonly (keyof C & string)[]
  readonly indexes?: readonly Index<keyof C & string>[]
  readonly references?: readonly Reference<keyof C & string>[]
  readonly comment?: string
}): Table<C> {
  for (const name of definition.key) {
    if (!(name in definition.columns)) {
      throw definitionErrors.invalid(`table ${definition.name}: key column "${name}" is not declared`, {
        next: `Declare it under columns, or take it out of the key.`,
      })
    }
  }
  return Object.freeze({
    kind: 'table',
    store: 'warehouse',
    name: definition.name,
    columns: definition.columns,
    key: definition.key,
    indexes: definition.indexes ?? [],
    references: definition.references ?? [],
    comment: definition.comment,
  })
}
