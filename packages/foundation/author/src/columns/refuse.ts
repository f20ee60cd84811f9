import { refused } from '../base/faults.ts'
import {
  anObject,
  aStatement,
  aText,
  aTruth,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  shown,
  type Wanted,
} from '../base/shape.ts'
import type { Sql } from '../sql/parts.ts'
import type { ColumnOptions, ColumnType } from './column.ts'

const names = optionNames<ColumnOptions>({
  notNull: true,
  comment: true,
  default: true,
  generated: true,
  personal: true,
  at: true,
  orNull: true,
})
const namesOf = (type: ColumnType): readonly string[] => [...names, ...(own[type.kind] ?? [])]
const own: Partial<Record<ColumnType['kind'], readonly string[]>> = { text: ['max', 'oneOf'], bigint: ['identity'], decimal: ['round'] }

const anExpression: Wanted = { is: (value) => aText.is(value) || aStatement.is(value), called: "text or sqlFile(import.meta, '...')()" }

/** The text of a statement that names nothing. @throws `definition.invalid` for one that does */
export function constantText({ parts }: Sql): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text
      throw refused(
        'generated',
        'its SQL names a value or a dataset, and a generated column computes from the columns of its row',
        'Write the names of columns.',
      )
    })
    .join('')
    .trim()
}

const aLength: Wanted = { is: (value) => Number.isSafeInteger(value) && Number(value) >= 1, called: 'a whole number from 1' }

/** What the types say of a column's options, and what they do not see. @throws `definition.invalid` */
export function refuseOddColumn(type: ColumnType, options: unknown): void {
  const where = type.kind === 'json' ? 'jsonb()' : `${type.kind}()`
  refuseOddOptions(where, options, namesOf(type))
  const given = options as { readonly oneOf?: unknown; readonly max?: number; readonly orNull?: unknown; readonly notNull?: unknown }
  const texts = { comment: aText, default: aText, generated: anExpression, at: aText }
  refuseOtherValues(where, given, { ...texts, notNull: aTruth, identity: aTruth, max: aLength })
  const aYes: Wanted = { is: (value) => value === true, called: 'true' }
  refuseOtherValues(where, given, { personal: aYes, orNull: aYes, round: aYes })
  if (given.orNull === true && given.notNull === true)
    throw refused(
      where,
      'a column that is notNull cannot be orNull',
      'Leave one of them out: a row either needs the value or does without.',
    )
  if (given.oneOf === undefined) return
  refuseOtherList(where, 'oneOf', given.oneOf, aText)
  const values = given.oneOf as readonly string[]
  if (values.length === 0) throw refused('oneOf', 'it lists no value, so that no row could be written', 'List the values, or leave it out.')
  const { max = Number.POSITIVE_INFINITY } = given
  const odd = values.find((value) => [...value].length > max || value.includes('\0'))
  if (odd !== undefined) throw refused('oneOf', `${shown(odd)} is not a value that the column holds`, 'Take it out, or raise max.')
}

const aColumn: Wanted = {
  is: (value) => typeof value === 'object' && value !== null && 'type' in value && 'notNull' in value && typeof value.type === 'object',
  called: 'a column',
}

/** Names and columns that a dataset, or bodies, declare. @throws `definition.invalid` */
export function refuseOddColumns(where: string, option: string, columns: unknown): void {
  refuseOther(where, option, columns, anObject)
  for (const [name, column] of Object.entries(columns as object)) {
    if (!aColumn.is(column)) {
      const call =
        typeof column === 'function' && column.name !== ''
          ? `Call it: ${name}: ${column.name}().`
          : `Write ${name}: text(), or another type.`
      throw refused(where, `column "${name}" is ${shown(column)}, which is not a column`, call)
    }
    if (name === '' || name.includes('\0')) throw refused(where, `${JSON.stringify(name)} is not the name of a column`, 'Give it a name.')
  }
}
