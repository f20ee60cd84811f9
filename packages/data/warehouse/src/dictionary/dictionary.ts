import { type AnyDataset, type ForeignKey, isView, rowChecksOf } from '@sluice/author'
import { checkRule } from '@sluice/checks'
import { postgresType } from '@sluice/postgres'
import { indexBody } from '../ddl/index-text.ts'
import { tableNameOf } from '../ddl/names.ts'

/** What a project declares of the tables and views of its warehouse, for people and programs. */
export interface Dictionary {
  readonly project: string
  readonly tables: readonly DescribedTable[]
  /** What the files of `schema/` make. */
  readonly objects: readonly DeclaredObject[]
}

/** A view, function, type or the like that a file of `schema/` makes; names as they are written there. */
export interface DeclaredObject {
  readonly kind: string
  readonly name: string
  /** The table of a trigger, a policy, a rule or an index. */
  readonly on: string | null
  readonly file: string
  readonly line: number
  readonly comment: string | null
}

export interface DescribedTable {
  /** `schema.name`. */
  readonly name: string
  readonly kind: 'table' | 'view' | 'materialized view'
  readonly description: string | null
  readonly owner: string | null
  readonly tags: readonly string[]
  readonly columns: readonly DescribedColumn[]
  readonly key: readonly string[]
  readonly references: readonly { readonly columns: readonly string[]; readonly table: string; readonly on: readonly string[] }[]
  /** Rules that rows hold, a sentence each. */
  readonly checks: readonly string[]
  /** What each is behind `using`. */
  readonly indexes: readonly { readonly unique: boolean; readonly what: string }[]
  /** By which column rows are newest, and how long they stay. */
  readonly order: string | null
  readonly keep: string | null
  /** `month of day`: how it is stored. */
  readonly partitions: string | null
  /** By privilege. */
  readonly grants: Readonly<Record<string, readonly string[]>>
}

export interface DescribedColumn {
  readonly name: string
  /** As PostgreSQL spells it. */
  readonly type: string
  readonly notNull: boolean
  /** Something about a person. */
  readonly personal: boolean
  readonly default: string | null
  readonly generated: string | null
  readonly comment: string | null
}

/** In the order of their names. Foreign keys may stand beside the datasets. */
export const dictionaryOf = (
  project: string,
  datasets: readonly AnyDataset[],
  keys: readonly ForeignKey[],
  objects: readonly DeclaredObject[] = [],
): Dictionary => ({
  project,
  objects,
  tables: datasets
    .filter(({ on }) => on === 'warehouse')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((each) => described(each, keys)),
})

function described(table: AnyDataset, keys: readonly ForeignKey[]): DescribedTable {
  const { facts } = table
  const references = [...facts.references, ...keys.filter(({ from }) => from === table.id)]
  return {
    name: table.name,
    kind: isView(table) ? (facts.as ?? 'view') : 'table',
    description: facts.description ?? null,
    owner: facts.owner ?? null,
    tags: facts.tags ?? [],
    columns: Object.entries(table.columns).map(([name, column]) => ({
      name,
      type: postgresType(column.type),
      notNull: column.notNull || table.key.includes(name),
      personal: column.personal,
      default: column.default ?? null,
      generated: column.identity ? 'identity' : (column.generated ?? null),
      comment: column.comment ?? null,
    })),
    key: table.key,
    references: references.map(({ columns, to, on }) => ({ columns, table: tableNameOf(to), on })),
    checks: rowChecksOf({ ...table, key: [] }).map((check) => checkRule(check).message),
    indexes: facts.indexes.map((index) => ({ unique: index.unique, what: indexBody(index) })),
    order: facts.order ?? null,
    keep: facts.keep ?? null,
    partitions: facts.ranges === undefined ? null : `${facts.ranges.by} of ${facts.ranges.column}`,
    grants: { ...facts.grants },
  }
}
