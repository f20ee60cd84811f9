import { definitionErrors, type Json, type SluiceError } from '@sluice/core'
import type { Columns, ColumnType } from '../columns/column.ts'
import type { RowOf } from '../columns/rows.ts'

/** A column of an answer, as its store describes it. */
export interface AnswerColumn {
  readonly name: string
  /** As the store spells it. */
  readonly type: string
  /** The kinds of columns whose values it gives as they are. */
  readonly gives: readonly ColumnType['kind'][]
}

/** Refuses an answer whose columns are others than those asked for: the types of its rows would lie. @throws `definition.invalid` */
export function refuseOtherColumns(columns: Columns, given: readonly AnswerColumn[]): void {
  const names = Object.keys(columns)
  const missing = names.filter((name) => !given.some((column) => column.name === name))
  const extra = given.filter(({ name }, at) => !names.includes(name) || given.findIndex((column) => column.name === name) !== at)
  if (missing.length > 0 || extra.length > 0) {
    const parts = [
      ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
      ...(extra.length === 0
        ? []
        : [
            `it also gives ${extra.map(({ name }) => name).join(', ')}, which ${extra.length === 1 ? 'is' : 'are'} not asked for, or asked for once`,
          ]),
    ]
    throw refused(
      `does not give the columns asked for: ${parts.join('; ')}`,
      'Name the columns in the statement (not *), and ask for the same: pick(dataset, ...) takes those of a dataset.',
    )
  }
  for (const { name, type, gives } of given) {
    const wanted = columns[name]?.type.kind
    if (wanted !== undefined && !gives.includes(wanted)) {
      throw refused(`gives ${name} as ${type}, and ${wanted} is asked for`, `Cast it in the statement, or ask for ${name} as what it is.`)
    }
  }
}

/**
 * The rows as what the columns promise. @throws `definition.invalid` for a null, or a value that is not listed, where the column says so.
 */
export function answered<C extends Columns>(columns: C, rows: readonly Readonly<Record<string, Json>>[]): readonly RowOf<C>[] {
  for (const [name, { notNull, oneOf }] of Object.entries(columns)) {
    if (notNull && rows.some((row) => row[name] === null)) {
      throw refused(`gives a null as ${name}, which is asked for as not null`, 'Ask for a column that may be null, or leave such rows out.')
    }
    const stranger = oneOf === undefined ? undefined : rows.find((row) => row[name] !== null && !oneOf.includes(row[name] as string))
    if (stranger !== undefined) {
      throw refused(
        `gives ${JSON.stringify(stranger[name])} as ${name}, which may be ${oneOf?.join(', ')}`,
        'Ask for plain text, or correct the data.',
      )
    }
  }
  return rows as unknown as readonly RowOf<C>[]
}

const refused = (what: string, next: string): SluiceError => definitionErrors.invalid(`the statement ${what}`, { next })
