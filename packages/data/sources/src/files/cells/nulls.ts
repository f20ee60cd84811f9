import type { CellConventions } from '@sluice/author'
import { quoteLiteral } from '@sluice/duckdb'
import type { WantedKind } from '../reader.ts'

/** Texts that are not a number, date, instant or boolean, and are written where there is none. In a column of text they are text. */
const usual: readonly string[] = ['na', 'n/a', '#n/a', 'null', '(null)', '\\n', 'none', 'nil', '-', '--', '.', '?']

/** The texts that stand for no value in a column, in small letters; beside text also an empty one, and one of spaces. */
export function nullsOf({ nulls }: CellConventions, kind: WantedKind | undefined): ReadonlySet<string> {
  const isValue = kind !== undefined && kind !== 'text' && kind !== 'json'
  const declared = nulls?.map((text) => text.trim().toLowerCase())
  return new Set([...(declared ?? (isValue ? usual : [])), ...(isValue ? [''] : [])])
}

export const isNull = (text: string, nulls: ReadonlySet<string>): boolean => nulls.has(text.trim().toLowerCase())

export const nullSql = (x: string, nulls: ReadonlySet<string>, otherwise: string): string =>
  nulls.size === 0
    ? otherwise
    : `CASE WHEN lower(trim(${x})) IN (${[...nulls].map(quoteLiteral).join(', ')}) THEN NULL ELSE ${otherwise} END`
