import { quoteIdentifier } from '@sluice/postgres'
import type { TableShape } from '../ddl/shape.ts'

/** A column under its new name. */
export interface Rename {
  readonly from: string
  readonly to: string
}

/** One column that is missing and one that nobody declares, of one type, are taken for the same one: what is renamed keeps its values. */
export function renameIn(wanted: TableShape, live: TableShape): Rename | undefined {
  const missing = wanted.columns.filter(({ name }) => !live.columns.some((column) => column.name === name))
  const extra = live.columns.filter(({ name }) => !wanted.columns.some((column) => column.name === name))
  const [[to], [from]] = [missing, extra]
  if (to === undefined || from === undefined || missing.length + extra.length !== 2) return undefined
  const isSame = to.type === from.type && to.identity === from.identity && to.generated === from.generated
  return isSame ? { from: from.name, to: to.name } : undefined
}

/** The table behind the rename: keys, indexes and references follow their columns. */
export function withRename(live: TableShape, { from, to }: Rename): TableShape {
  const called = (name: string): string => (name === from ? to : name)
  return {
    ...live,
    columns: live.columns.map((column) => ({ ...column, name: called(column.name) })),
    key: live.key.map(called),
    indexes: live.indexes.map(({ body, ...index }) => ({
      ...index,
      columns: index.columns.map(called),
      ...(body === undefined
        ? {}
        : { body: body.replaceAll(new RegExp(String.raw`(?<![\w'])"?${RegExp.escape(from)}"?(?![\w'])`, 'g'), quoteIdentifier(to)) }),
    })),
    references: live.references.map((reference) => ({ ...reference, columns: reference.columns.map(called) })),
  }
}
