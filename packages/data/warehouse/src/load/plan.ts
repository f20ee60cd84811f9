import { type AnyDataset, type Column, type ColumnType, type LoadMode, type RowCheck, rowChecksOf, uniqueIndexesOf } from '@sluice/author'
import { fits, type IncomingColumn, type Judgement, judge, orNullValue, postgresDialect, type Rule } from '@sluice/checks'
import { definitionErrors, type SluiceError } from '@sluice/core'
import { postgresType, quoteLiteral } from '@sluice/postgres'
import type { ReferenceShape } from '../ddl/shape.ts'

export interface StagedColumn {
  readonly name: string
  /** Its name in staging. No table that staging is joined with has a column of such a name. */
  readonly staged: string
  /** In staging it is parsed as its column's type; else it is text. */
  readonly parsed: boolean
  readonly column: Column
  /** A row needs a value. */
  readonly required: boolean
}

/** Before the place of a column, from 1. */
export const stagedPrefix = 'sluice_c'

/** COPY into a column of its type reads the right value, or refuses the text: whatever is left to judge, the value shows it. */
export const isPlain = ({ parsed, column: { type } }: StagedColumn): boolean => parsed || (type.kind === 'text' && type.max === undefined)

/** How rows meet those that are there. */
export type PlanMode = Exclude<LoadMode, 'full'>

/** Of rows under one key the earliest stays in the table, and not the latest. */
export const keepsFirst = (mode: PlanMode): boolean => mode === 'append' || mode === 'new'

export interface LoadPlan {
  readonly table: AnyDataset
  readonly mode: PlanMode
  readonly columns: readonly StagedColumn[]
  readonly checks: readonly RowCheck[]
  /** Foreign keys that the database has. */
  readonly references: readonly ReferenceShape[]
}

/**
 * What a load of these columns into this table fills and has to check: the rules of its dataset, and the foreign keys that the database
 * has, since those may be declared beside the dataset. Columns whose values are known to fit (`given`) are parsed once, when they are
 * staged. @throws `definition.invalid` when it cannot work at all.
 */
export function planLoad(
  table: AnyDataset,
  mode: PlanMode,
  names: readonly string[],
  references: readonly ReferenceShape[] = [],
  given: GivenTypes = {},
): LoadPlan {
  refuseImpossible(table, mode, names)
  // That keys and required columns hold is looked at with the rows that are there already.
  const checks = rowChecksOf({ ...table, key: [] })
  const columns = names.flatMap((name, index): StagedColumn[] => {
    const column = table.columns[name]
    if (column === undefined) return []
    const [type, required] = [given[name], column.notNull || table.key.includes(name)]
    return [{ name, staged: `${stagedPrefix}${index + 1}`, parsed: type !== undefined && fits(type, column.type), column, required }]
  })
  return { table, mode, columns, checks, references }
}

/** Whether the database gives the column a value where a load leaves it out. */
export const columnHasDefault = ({ columns }: AnyDataset, name: string): boolean => columns[name]?.filled === true

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

/** A way to judge and write what is staged. */
export interface Road {
  readonly judgement: Judgement
  /** The value of each column of the load in its type, over staging. */
  readonly typed: readonly string[]
  /** The primary key, when the load fills it. */
  readonly key: ColumnSet | undefined
  /** Foreign keys that the load fills. */
  readonly references: readonly LoadedReference[]
  /** Unique indexes that the load fills. */
  readonly uniques: readonly ColumnSet[]
  /** Columns that a check wants unique within the batch. */
  readonly uniqueInBatch: readonly (ColumnSet & { readonly rule: Rule })[]
}

/** Types of the values whose texts are staged, by column; a column that is not named may hold any text. */
export type GivenTypes = Readonly<Record<string, ColumnType>>

/** Judges every text as one that may be anything. */
export const wholeRoad = (plan: LoadPlan): Road => roadOf(plan, {}, true)

/**
 * Trusts the texts of typed values and leaves it to the insert to refuse what is not right all the same, a missing value included.
 * `undefined` where no type is known.
 */
export const trustingRoad = (plan: LoadPlan, given: GivenTypes): Road | undefined =>
  plan.columns.some(({ name }) => given[name] !== undefined) ? roadOf(plan, given, false) : undefined

function roadOf({ table, columns, checks, references }: LoadPlan, given: GivenTypes, whole: boolean): Road {
  const incoming = columns.map(
    ({ name, staged, parsed, column, required }): IncomingColumn => ({
      name,
      type: column.type,
      required: required && whole,
      orNull: column.orNull,
      conversion: parsed ? dialect.typed(column.type, staged) : dialect.conversion(column.type, staged, given[name]),
    }),
  )
  const judgement = judge(incoming, checks, dialect)
  const typed = new Map(
    incoming.map(({ name, conversion, orNull }) => [name, orNull === true ? orNullValue(conversion) : conversion.value]),
  )
  return {
    judgement,
    typed: [...typed.values()],
    key: columnSet(table.key, typed),
    references: loadedReferences(table, references, typed),
    uniques: uniqueIndexesOf(table)
      .map((columns) => columnSet(columns, typed))
      .filter((set) => set !== undefined),
    uniqueInBatch: judgement.unique.flatMap(({ rule }) => {
      const set = columnSet(rule.columns, typed)
      return set === undefined ? [] : [{ ...set, rule }]
    }),
  }
}

const dialect = postgresDialect({ literal: quoteLiteral, type: postgresType })

function columnSet(names: readonly string[], typed: ReadonlyMap<string, string>): ColumnSet | undefined {
  const found = names.map((name) => typed.get(name)).filter((sql) => sql !== undefined)
  return found.length === 0 || found.length < names.length ? undefined : { columns: names, staged: found }
}

const loadedReferences = (
  table: AnyDataset,
  references: readonly ReferenceShape[],
  typed: ReadonlyMap<string, string>,
): LoadedReference[] =>
  references.flatMap((reference) => {
    const set = columnSet(reference.columns, typed)
    return set === undefined
      ? []
      : [
          {
            ...set,
            table: reference.table,
            to: reference.to,
            parentStaged: reference.table === table.name ? columnSet(reference.to, typed)?.staged : undefined,
          },
        ]
  })

function refuseImpossible(table: AnyDataset, mode: PlanMode, names: readonly string[]): void {
  const refusal = (message: string, next: string): SluiceError =>
    definitionErrors.invalid(`load into ${table.name}: ${message}`, { facts: { table: table.name, columns: names }, next })
  if (names.length === 0) throw refusal('it fills no column', 'Name the columns of the file, in its order.')
  for (const [index, name] of names.entries()) {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
    if (column === undefined) throw refusal(`the table has no column "${name}"`, 'Declare the column or leave it out of the load.')
    if (column.identity || column.generated !== undefined)
      throw refusal(`the database fills "${name}" itself`, 'Leave the column out of the load.')
    if (names.indexOf(name) !== index) throw refusal(`the column "${name}" is named twice`, 'Name each column once.')
  }
  const unfilled = Object.entries(table.columns)
    .filter(([name, column]) => (column.notNull || table.key.includes(name)) && !column.filled && !names.includes(name))
    .map(([name]) => `"${name}"`)
  if (unfilled.length > 0) throw refusal(`nothing fills ${unfilled.join(', ')}`, 'Load the column, give it a default, or let it be null.')
  if (mode !== 'append' && (table.key.length === 0 || !table.key.every((name) => names.includes(name))))
    throw refusal(`${called[mode]} needs the whole primary key among its columns`, "Load the key, or use mode: 'append'.")
}

const called = { new: 'a load of new keys', upsert: 'an upsert', scd2: 'a load of versions' } as const
