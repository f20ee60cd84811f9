import { command } from '../../cli/command.ts'
import { UsageError, wholeNumber } from '../../cli/given.ts'
import { table } from '../../format/table.ts'
import { fileOptions, toFile } from './to-file.ts'

export const lakeSql = command({
  path: 'lake sql',
  summary: 'Rows of a query over the tables and files of a lake; it may only read',
  args: { '<project>': 'the project', '<sql>': 'one query, in the SQL of DuckDB' },
  options: [
    { flags: '--limit <n>', description: 'at most so many rows: 1000 as a table, else all', parse: wholeNumber },
    { flags: '--format <format>', description: 'all rows as a file', choices: ['json', 'csv', 'parquet'] },
    ...fileOptions,
  ],
  examples: [
    'sluice lake sql crypto-coincap "select * from silver.assets limit 10"',
    'sluice lake sql crypto-coincap "from silver.assets at (version => 3) select count(*)"',
    `sluice lake sql crypto-coincap "from 'bronze/legacy/*.csv' l join silver.assets a using (asset_id)" --format csv -o joined.csv`,
    'sluice lake sql shop "describe silver.orders" --json',
  ],
  run: async ({ client, output, global, signal }, given) => {
    const params = { project: given.arg('project') }
    const sql = given.arg('sql')
    const limit = given.number('limit')
    const format = given.text('format') ?? (given.text('output') === undefined ? undefined : 'json')
    const { lake } = await client()
    if (format !== undefined) {
      if (global.json) throw new UsageError('--json gives JSON: leave out --format')
      const body = { sql, format: format as 'json', ...(limit === undefined ? {} : { limit }) }
      return await toFile(output, given, format, () => lake.exportQuery({ params, body, signal }))
    }
    const { columns, rows, truncated } = await lake.query({ params, body: { sql, ...(limit === undefined ? {} : { limit }) }, signal })
    const objects = rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])))
    output.result(objects, () =>
      table(
        rows,
        columns.map(({ name, type }, at) => ({
          title: name,
          of: (row) => cellText(row[at]),
          ...(/^(tinyint|smallint|integer|bigint|hugeint|decimal|double|float|u\w+int)/.test(type) ? { align: 'right' as const } : {}),
        })),
        'no rows',
      ),
    )
    if (truncated) output.note(`Only the first ${rows.length} rows: raise --limit, or write all of them with --format csv -o FILE.`)
    return 0
  },
})

const cellText = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
