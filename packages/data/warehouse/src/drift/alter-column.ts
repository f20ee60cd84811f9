import { quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import type { ColumnShape } from '../ddl/shape.ts'
import { type Change, turned } from './change.ts'

/** What makes a column that is there the wanted one. @param target the table, quoted */
export function alterColumn(target: string, wanted: ColumnShape, live: ColumnShape): Change[] {
  const isComputed = (column: ColumnShape): boolean => column.generated !== null
  // An expression is neither given to a plain column nor cast to another type; its values are computed anew either way.
  if (isComputed(wanted) !== isComputed(live) || (isComputed(wanted) && wanted.type !== live.type))
    return [turned(addColumn(target, live, columnText(live))), ...addedWithComment(target, wanted, columnText(wanted))]
  const alter = `alter table ${target} alter column ${quoteIdentifier(wanted.name)}`
  return [
    ...typeAndDefault(alter, wanted, live),
    ...between(wanted.generated, live.generated, (generated) => `${alter} set expression as (${generated})`),
    ...between(wanted.identity, live.identity, (is) => `${alter} ${is ? 'add generated always as identity' : 'drop identity'}`),
    ...between(wanted.notNull, live.notNull, (is) => `${alter} ${is ? 'set' : 'drop'} not null`),
    ...commentOn(`column ${target}.${quoteIdentifier(wanted.name)}`, wanted.comment, live.comment),
  ]
}

/** A default does not follow its column into every type: it goes before, and comes after. */
function typeAndDefault(alter: string, wanted: ColumnShape, live: ColumnShape): Change[] {
  const defaults = (to: string | null): string => (to === null ? `${alter} drop default` : `${alter} set default ${to}`)
  if (wanted.type === live.type) return between(wanted.default, live.default, defaults)
  const typed = ({ name, type }: ColumnShape): string => `${alter} type ${type} using ${quoteIdentifier(name)}::${type}`
  return [...between(null, live.default, defaults), { up: typed(wanted), down: typed(live) }, ...between(wanted.default, null, defaults)]
}

const between = <T>(wanted: T, live: T, statement: (value: T) => string): Change[] =>
  wanted === live ? [] : [{ up: statement(wanted), down: statement(live) }]

/** @param what `table "a"`, `column "a"."b"` */
export const commentOn = (what: string, wanted: string | null, live: string | null): Change[] =>
  between(wanted, live, (text) => `comment on ${what} is ${text === null ? 'null' : quoteLiteral(text)}`)

export const addedWithComment = (target: string, column: ColumnShape, text: string): Change[] => [
  addColumn(target, column, text),
  ...commentOn(`column ${target}.${quoteIdentifier(column.name)}`, column.comment, null),
]

/** @param text the column as `create table` has it */
export const addColumn = (target: string, column: ColumnShape, text: string): Change => ({
  up: `${needsValue(column) ? `${valueNeeded}\n` : ''}alter table ${target} add column ${text}`,
  down: `-- The values of the column go with it.\nalter table ${target} drop column if exists ${quoteIdentifier(column.name)}`,
})

export const valueNeeded = '-- Rows that are there need a value: give a default, or add the column without "not null" and fill it first.'

const needsValue = (column: ColumnShape): boolean =>
  column.notNull && column.default === null && column.generated === null && !column.identity

/** As the server spells it. */
export const columnText = (column: ColumnShape): string =>
  [
    `${quoteIdentifier(column.name)} ${column.type}`,
    ...(column.identity ? ['generated always as identity'] : []),
    ...(column.generated === null ? [] : [`generated always as (${column.generated}) stored`]),
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(column.notNull ? ['not null'] : []),
  ].join(' ')
