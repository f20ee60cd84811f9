import { formatInstant, given } from '@sluice/core'
import type { NamedQuery } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { textParams } from '../../endpoint/params.ts'
import { type ColumnOf, table } from '../../format/table.ts'
import { sqlResult } from '../../schemas/sql-result.ts'
import { listQueries } from './queries.ts'
import { runQuery } from './run-query.ts'
import { ofWarehouse, sqlOptions } from './target.ts'

export const queryWarehouse = endpoint({
  name: 'warehouse.query',
  method: 'post',
  path: '/warehouse/{project}/query',
  // It only reads, but what its text costs nobody can say.
  right: 'editor',
  summary: 'Rows of a query in the warehouse of a project; it may only read',
  params: ofWarehouse,
  body: z.object({ sql: z.string().min(1), ...sqlOptions }),
  answer: sqlResult,
  handle: async ({ warehouses }, { params, body: { sql, ...rest } }) =>
    await (await warehouses.of(params.project)).sqlText(sql, given(rest)),
  terminal: {
    path: 'warehouse sql',
    args: ['project', { name: 'sql', description: 'one query, or @name for one that the project keeps in queries/', optional: true }],
    fields: ['limit'],
    change: { limit: { default: 1_000 } },
    options: [
      { flags: '-p, --param <name=value...>', description: 'a value for :name in the query; bound, never spliced' },
      { flags: '--list', description: 'only list the queries of the project' },
    ],
    examples: [
      'sluice warehouse sql crypto-coincap --list',
      'sluice warehouse sql crypto-coincap @historique --param symbole=BTC',
      'sluice warehouse sql crypto-coincap "select count(*) as n from crypto_temps_reel"',
      'sluice warehouse sql crypto-coincap "select * from crypto_horaire" --limit 10 --json',
    ],
    run: async ({ output, call }, line, send) => {
      const params = { project: line.arg('project') }
      if (line.flag('list')) {
        const { items } = await call(listQueries, { params })
        output.result(items, () => table(items, listed, 'no queries: write them to queries/<name>.sql in the folder of the project'))
        return 0
      }
      const sql = line.arg('sql')
      const values = textParams(line.list('param'))
      const options = given({ limit: line.number('limit'), params: Object.keys(values).length === 0 ? undefined : values })
      const { columns, rows, truncated } = await (sql.startsWith('@')
        ? call(runQuery, { params: { ...params, query: sql.slice(1) }, body: options })
        : send({ params, body: { sql, ...options } }))
      const names = distinct(columns.map(({ name }) => name))
      const objects = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])))
      output.result(objects, () =>
        table(
          rows,
          columns.map(({ name, type }, at) => ({
            title: name,
            of: (row) => cellText(row[at], type),
            ...given({ align: numeric.has(type.replace(/\(.*/, '')) ? ('right' as const) : undefined }),
          })),
          'no rows',
        ),
      )
      if (truncated) output.note(`Only the first ${rows.length} rows: raise --limit for more.`)
      return 0
    },
  },
})

const numeric = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'])

const listed: readonly ColumnOf<NamedQuery>[] = [
  { title: 'query', of: ({ name }) => `@${name}` },
  { title: 'parameters', of: ({ params }) => params.map((name) => `:${name}`).join(' ') },
  { title: 'description', of: ({ description }) => description ?? '' },
]

/** Instants come as epoch milliseconds, which people do not read. */
function cellText(value: unknown, type: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' && type.startsWith('timestamp')) return formatInstant(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Two columns of one name become `n` and `n_2`, so that none is lost in an object. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}_${times}`
  })
}
