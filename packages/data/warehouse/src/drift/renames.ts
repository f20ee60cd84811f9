import { requestErrors } from '@sluice/core'
import { quoteIdentifier } from '@sluice/postgres'
import { quoteTable, splitTableName } from '../ddl/names.ts'
import type { Change } from './change.ts'

/** A table or a column under a new name: `shop.things`, `shop.things.word`. */
export interface NewName {
  readonly from: string
  readonly to: string
}

/** @param text `shop.things.old=new`, or `shop.things=shop.items` @throws `request.invalid` */
export function newNameOf(text: string): NewName {
  const [, from = '', to = ''] = /^([^=]+)=([^=]+)$/.exec(text) ?? []
  const parts = from.split('.')
  const last = to.split('.')
  const isColumn = parts.length === 3
  const whole = isColumn && last.length === 1 ? [...parts.slice(0, 2), to] : last
  const isSound = (isColumn || parts.length === 2) && whole.length === parts.length && [...parts, ...whole].every((part) => part !== '')
  if (isSound && (!isColumn || whole.slice(0, 2).join('.') === parts.slice(0, 2).join('.'))) return { from, to: whole.join('.') }
  throw requestErrors.invalid(`"${text}" names no column and no table under a new name`, {
    next: 'Write schema.table.column=new_name for a column, schema.table=schema.new_name for a table.',
  })
}

/** What stands on it follows. */
export function renamed({ from, to }: NewName): Change[] {
  const [schema = '', table = '', column] = from.split('.')
  const [newSchema = '', newTable = '', newColumn] = to.split('.')
  if (column !== undefined && newColumn !== undefined) {
    const alter = (a: string, b: string): string =>
      `alter table ${quoteIdentifier(schema, table)} rename column ${quoteIdentifier(a)} to ${quoteIdentifier(b)}`
    return [{ up: alter(column, newColumn), down: alter(newColumn, column) }]
  }
  const rename = (a: string, b: string): string => `alter table ${quoteTable(a)} rename to ${quoteIdentifier(splitTableName(b).name)}`
  const moved = `${schema}.${newTable}`
  const move = (a: string, b: string): string => `alter table ${quoteTable(a)} set schema ${quoteIdentifier(splitTableName(b).schema)}`
  return [
    ...(table === newTable ? [] : [{ up: rename(from, moved), down: rename(moved, from) }]),
    ...(schema === newSchema ? [] : [{ up: move(moved, to), down: move(to, moved) }]),
  ]
}
