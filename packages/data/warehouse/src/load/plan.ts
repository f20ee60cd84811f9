import { type AnyDataset, checkId, type LoadMode, rowChecksOf } from '@sluice/author'
import { definitionErrors, type SluiceError } from '@sluice/core'
import type { ReferenceShape } from '../drift/shape.ts'
import { isRowCheck } from './row-checks.ts'
import { type CheckDepth, type ColumnChecks, columnChecks } from './rules.ts'
import { type StagedColumn, typed } from './staged-column.ts'

/** Columns that are looked at together: those of a key, of a unique index, of a foreign key. */
export interface ColumnSet {
  readonly columns: readonly string[]
  /** The same over staging, typed. */
  readonly staged: readonly string[]
}

export interface LoadedReference extends ColumnSet {
  /** `schema.name`. */
  readonly table: string
  readonly to: readonly string[]
  /** The columns referred to, typed, when they are of the table itself and in the same file. */
  readonly parentStaged: readonly string[] | undefined
}

export interface LoadPlan {
  readonly table: AnyDataset
  readonly mode: LoadMode
  readonly columns: readonly StagedColumn[]
  readonly checks: Readonly<Record<CheckDepth, ColumnChecks>>
  /** The primary key, when the load fills it. */
  readonly key: ColumnSet | undefined
  /** Foreign keys that the load fills. */
  readonly references: readonly LoadedReference[]
  /** Unique indexes that the load fills. */
  readonly uniques: readonly ColumnSet[]
  /** Columns that a check wants unique within the batch, under the id of the check. */
  readonly uniqueInBatch: readonly (ColumnSet & { readonly rule: string })[]
}

/**
 * What a load of these columns into this table has to check: the rules of its dataset, and the foreign keys that the database has, since those may be
 * declared beside the dataset. @throws `definition.invalid` when it cannot work at all.
 */
export function planLoad(
  table: AnyDataset,
  mode: LoadMode,
  names: readonly string[],
  references: readonly ReferenceShape[] = [],
): LoadPlan {
  refuseImpossible(table, mode, names)
  // That keys and required columns hold is looked at with the rows that are there already.
  const checks = rowChecksOf({ ...table, key: [] })
  const columns = names.flatMap((name, place): StagedColumn[] => {
    const column = table.columns[name]
    return column === undefined ? [] : [{ name, staged: `c${place + 1}`, column, required: column.notNull || table.key.includes(name) }]
  })
  const rowChecks = checks.filter(isRowCheck)
  return {
    table,
    mode,
    columns,
    checks: { whole: columnChecks(columns, rowChecks, 'whole'), silent: columnChecks(columns, rowChecks, 'silent') },
    key: columnSet(table.key, columns),
    references: loadedReferences(table, columns, references),
    uniques: table.facts.indexes
      .flatMap((index) => (index.unique ? [columnSet(index.columns, columns)] : []))
      .filter((set) => set !== undefined),
    uniqueInBatch: checks.flatMap((check) => {
      const set = check.kind === 'unique' ? columnSet(check.columns, columns) : undefined
      return set === undefined ? [] : [{ ...set, rule: checkId(check) }]
    }),
  }
}

function columnSet(names: readonly string[], columns: readonly StagedColumn[]): ColumnSet | undefined {
  const found = names.map((name) => columns.find((column) => column.name === name)).filter((column) => column !== undefined)
  return found.length === 0 || found.length < names.length ? undefined : { columns: names, staged: found.map(typed) }
}

const loadedReferences = (table: AnyDataset, columns: readonly StagedColumn[], references: readonly ReferenceShape[]): LoadedReference[] =>
  references.flatMap((reference) => {
    const set = columnSet(reference.columns, columns)
    return set === undefined
      ? []
      : [
          {
            ...set,
            table: reference.table,
            to: reference.to,
            parentStaged: reference.table === table.name ? columnSet(reference.to, columns)?.staged : undefined,
          },
        ]
  })

function refuseImpossible(table: AnyDataset, mode: LoadMode, names: readonly string[]): void {
  const refusal = (message: string, next: string): SluiceError =>
    definitionErrors.invalid(`load into ${table.name}: ${message}`, { facts: { table: table.name, columns: names }, next })
  if (names.length === 0) throw refusal('it fills no column', 'Name the columns of the file, in its order.')
  for (const [place, name] of names.entries()) {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
    if (column === undefined) throw refusal(`the table has no column "${name}"`, 'Declare the column or leave it out of the load.')
    if (column.identity || column.generated !== undefined)
      throw refusal(`the database fills "${name}" itself`, 'Leave the column out of the load.')
    if (names.indexOf(name) !== place) throw refusal(`the column "${name}" is named twice`, 'Name each column once.')
  }
  const unfilled = Object.entries(table.columns)
    .filter(([name, column]) => (column.notNull || table.key.includes(name)) && !column.filled && !names.includes(name))
    .map(([name]) => `"${name}"`)
  if (unfilled.length > 0) throw refusal(`nothing fills ${unfilled.join(', ')}`, 'Load the column, give it a default, or let it be null.')
  if (mode === 'upsert' && (table.key.length === 0 || !table.key.every((name) => names.includes(name))))
    throw refusal('an upsert needs the whole primary key among its columns', "Load the key, or use mode: 'append'.")
}
