import type { AnyDataset } from '@sluice/author'
import { postgresType, quoteIdentifier, quoteLiteral } from '@sluice/postgres'
import { indexStatement, indexStatements } from './create-table.ts'
import { grantSql, grantsOf } from './grants.ts'
import { primaryKeyName, quoteTable, splitTableName } from './names.ts'

/**
 * The statements that make a view of a query, in order; the second is the view itself. Its columns have the declared types, a text whatever
 * its length: a cast would cut it. A key becomes a unique index, since a materialized view takes no constraint.
 */
export function createViewSql(view: AnyDataset, query: string): readonly string[] {
  const target = quoteTable(view.name)
  const { name, schema } = splitTableName(view.name)
  const columns = Object.entries(view.columns).map(([column, { type }]) => {
    const sqlType = type.kind === 'text' ? 'text' : postgresType(type)
    return `result.${quoteIdentifier(column)}::${sqlType} as ${quoteIdentifier(column)}`
  })
  const key = view.key.length === 0 ? [] : [{ name: primaryKeyName(view), columns: view.key, unique: true }]
  return [
    `create schema if not exists ${quoteIdentifier(schema)}`,
    `create ${view.facts.as ?? 'view'} ${target} as select ${columns.join(', ')} from (${query}\n) as result`,
    ...key.map((index) => indexStatement(index, target)),
    ...indexStatements(view, target),
    ...grantsOf(view).map((text) => grantSql(target, text)),
    `comment on ${view.facts.as ?? 'view'} ${target} is ${quoteLiteral(view.facts.description ?? `made by the model of ${name}`)}`,
    ...Object.entries(view.columns).flatMap(([column, { comment }]) =>
      comment === undefined ? [] : [`comment on column ${target}.${quoteIdentifier(column)} is ${quoteLiteral(comment)}`],
    ),
  ]
}
