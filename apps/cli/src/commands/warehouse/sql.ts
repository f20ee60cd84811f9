import { formatInstant } from '@sluice/core'
import type { NamedQuery } from '@sluice/serve'
import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { textParams } from '../../cli/params.ts'
import { type ColumnOf, table } from '../../format/table.ts'

export const warehouseSql = command({
  path: 'warehouse sql',
  summary: 'Rows of a query in the warehouse of a project; it may only read',
  args: { '<project>': 'the project', '[sql]': 'one query, or @name for one that the project keeps in queries/' },
  options: [
    { flags: '--limit <n>', description: 'at most so many rows', parse: wholeNumber, default: 1_000 },
    { flags: '-p, --param <name=value...>', description: 'a value for :name in the query; bound, never spliced' },
    { flags: '--list', description: 'only list the queries of the project' },
  ],
  examples: [
    'sluice warehouse sql crypto-coincap --list',
    'sluice warehouse sql crypto-coincap @top_assets --param day=2026-11-20',
    'sluice warehouse sql crypto-coincap "select count(*) as n from crypto_temps_reel"',
    'sluice warehouse sql shop "select * from sales.orders" --limit 10 --json',
  ],
  run: async ({ client, output }, given) => {
    const params = { project: given.arg('project') }
    const { warehouse } = await client()
    if (given.flag('list')) {
      const { items } = await warehouse.queries({ params })
      output.result(items, () => table(items, listed, 'no queries: write them to queries/<name>.sql in the folder of the project'))
      return 0
    }
    const sql = given.arg('sql')
    const values = textParams(given.list('param'))
    const options = { limit: given.number('limit'), ...(Object.keys(values).length === 0 ? {} : { params: values }) }
    const { columns, rows, truncated } = await (sql.startsWith('@')
      ? warehouse.runQuery({ params: { ...params, query: sql.slice(1) }, body: options })
      : warehouse.query({ params, body: { sql, ...options } }))
    const names = distinct(columns.map(({ name }) => name))
    const objects = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])))
    const numeric = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'])
    output.result(objects, () =>
      table(
        rows,
        columns.map(({ name, type }, at) => ({
          title: name,
          of: (row) => cellText(row[at], type),
          ...(numeric.has(type.replace(/\(.*/, '')) ? { align: 'right' as const } : {}),
        })),
        'no rows',
      ),
    )
    if (truncated) output.note(`Only the first ${rows.length} rows: raise --limit for more.`)
    return 0
  },
})

const listed: readonly ColumnOf<NamedQuery>[] = [
  { title: 'query', of: ({ name }) => `@${name}` },
  { title: 'parameters', of: ({ params }) => params.map((name) => `:${name}`).join(' ') },
  { title: 'description', of: ({ description }) => description ?? '' },
]

/** Instants come as epoch milliseconds, which people do not read. */
export function cellText(value: unknown, type: string): string {
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
