import { frozen } from '../base/frozen.ts'
import { aDataset, aStatement, aText, aTruth, refuseOther, type Wanted } from '../base/shape.ts'
import type { IsAny } from '../base/types.ts'
import type { AnyDataset, NoOrder } from '../dataset/any-dataset.ts'
import type { Sql, SqlPart } from '../sql/parts.ts'

export type SqlValue = string | number | boolean | null | Sql | AnyDataset

/** The datasets that a value of a statement names. */
export type UsesOf<V> =
  V extends Sql<infer U> ? U : V extends { readonly kind: 'dataset'; readonly id: infer Id extends string } ? Id : never

/** The value itself, or what is wrong with it. */
type SqlFault<V> =
  IsAny<V> extends true
    ? V
    : V extends { readonly kind: 'dataset'; readonly has?: infer Has }
      ? 'files' extends Has
        ? string extends Has
          ? V
          : 'SQL cannot read this dataset: it holds files as they are'
        : V
      : V extends SqlValue
        ? V
        : V extends { readonly kind: string; readonly needs: unknown; readonly fills: unknown }
          ? 'a step is not a table: name the dataset that it fills'
          : V extends NoOrder
            ? 'this dataset declares no order: name the column that says which rows are newest'
            : V extends { getTime(): number }
              ? 'a Date is not a SQL value: write instant(ms), or interval.end'
              : 'not a SQL value: use text, a number, a boolean, null, sql or a dataset'

/** A statement with typed references: sql`select * from ${assets} where seen_at >= ${interval.start}`. Values are bound, never spliced. */
export function sql<const V extends readonly unknown[]>(
  strings: TemplateStringsArray,
  ...values: { readonly [I in keyof V]: SqlFault<V[I]> }
): Sql<UsesOf<V[number]>> {
  const parts = strings.flatMap((text, at): readonly SqlPart[] => [
    ...(text === '' ? [] : [{ kind: 'text', text } as const]),
    ...(at < values.length ? partsOf((values as readonly unknown[])[at] as SqlValue) : []),
  ])
  return frozen({ kind: 'sql', parts })
}

export const aSqlValue: Wanted = {
  is: (value) =>
    value === null || aText.is(value) || aTruth.is(value) || Number.isFinite(value) || aStatement.is(value) || aDataset.is(value),
  called: 'text, a number, a boolean, null, sql or a dataset',
}

function partsOf(value: SqlValue): readonly SqlPart[] {
  refuseOther('sql', 'a value', value, aSqlValue)
  if (value === null || typeof value !== 'object') return [{ kind: 'value', value }]
  return value.kind === 'sql' ? value.parts : [{ kind: 'dataset', id: value.id, rows: 'all' }]
}

/** Statements as one: rows by `union all`, conditions by `and`, values by a comma. */
sql.join = <Uses extends string>(statements: readonly Sql<Uses>[], by: 'union all' | 'and' | 'or' | ','): Sql<Uses> =>
  frozen({
    kind: 'sql',
    parts: statements.flatMap((each, at) => (at === 0 ? each.parts : [{ kind: 'text', text: ` ${by} ` } as const, ...each.parts])),
  })
