import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { table } from '../../format/table.ts'

export const warehouseSql = command({
  path: 'warehouse sql',
  summary: 'Rows of a query in the warehouse of a project; it may only read',
  args: { '<project>': 'the project', '<sql>': 'one query' },
  options: [{ flags: '--limit <n>', description: 'at most so many rows', parse: wholeNumber, default: 1_000 }],
  examples: [
    'sluice warehouse sql crypto-coincap "select count(*) as n from crypto_temps_reel"',
    'sluice warehouse sql shop "select * from sales.orders" --limit 10 --json',
  ],
  run: async ({ client, output }, given) => {
    const { columns, rows, truncated } = await (await client()).warehouse.query({
      params: { project: given.arg('project') },
      body: { sql: given.arg('sql'), limit: given.number('limit') },
    })
    const names = distinct(columns.map(({ name }) => name))
    const objects = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])))
    const numeric = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'])
    output.result(objects, () =>
      table(
        rows,
        columns.map(({ name, type }, at) => ({
          title: name,
          of: (row) => cellText(row[at]),
          ...(numeric.has(type.replace(/\(.*/, '')) ? { align: 'right' as const } : {}),
        })),
        'no rows',
      ),
    )
    if (truncated) output.note(`Only the first ${rows.length} rows: raise --limit for more.`)
    return 0
  },
})

const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** Two columns of one name become `n` and `n_2`, so that none is lost in an object. */
function distinct(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name}_${times}`
  })
}
