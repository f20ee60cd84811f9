import type { Index } from '@sluice/author'
import { quoteIdentifier } from '@sluice/postgres'
import { loadColumn, quoteColumns } from './names.ts'

/** What an index is, behind `using`. */
export function indexBody({ columns, special }: Pick<Index, 'columns' | 'special'>): string {
  if (special === undefined) return `btree (${quoteColumns(columns)})`
  const parts = special.parts.map(({ column, rest }) =>
    [...(column === undefined ? [] : [quoteIdentifier(column)]), ...(rest === '' ? [] : [rest])].join(' '),
  )
  return [
    `${special.using} (${parts.join(', ')})`,
    ...(special.include.length === 0 ? [] : [`include (${quoteColumns(special.include)})`]),
    ...(special.where === undefined ? [] : [`where ${special.where}`]),
  ].join(' ')
}

const plain =
  /^CREATE (UNIQUE )?INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?\S+ USING (btree|brin) \(((?:"(?:[^"]|"")+"|\w+)(?:, (?:"(?:[^"]|"")+"|\w+))*)\)(?: WITH \(.*\))?$/

/** What a B-tree over columns does, or the index of loads, whatever its name and storage. @param def as `pg_get_indexdef` spells it */
export function plainDeed(def: string): string | undefined {
  const [, unique = '', using, columns] = plain.exec(def) ?? []
  return columns === undefined || (using === 'brin' && columns !== loadColumn) ? undefined : `${unique}(${columns})`
}

export const isPlainIndex = (def: string): boolean => plainDeed(def) !== undefined

/** `gin (words)`, `btree (day DESC) WHERE paid`: what stands behind `USING`. */
export const bodyIn = (def: string): string => def.replace(/^CREATE (?:UNIQUE )?INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?\S+ USING /, '')
