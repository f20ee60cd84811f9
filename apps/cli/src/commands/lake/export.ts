import { command } from '../../cli/command.ts'
import { UsageError } from '../../cli/given.ts'
import { bytes, count } from '../../format/words.ts'

export const lakeExport = command({
  path: 'lake export',
  summary: 'Export a table or a query of the lake to gold, with a manifest of rows, schema, versions and checksums',
  args: { '<gold>': 'gold.NAME, made when it is not there' },
  options: [
    { flags: '--from <dataset>', description: 'the dataset, such as silver.assets' },
    { flags: '--sql <query>', description: 'or a query of the lake' },
    { flags: '--format <format>', description: 'of the file', choices: ['parquet', 'csv', 'ndjson'], default: 'parquet' },
  ],
  examples: [
    'sluice lake export gold.assets --from silver.assets',
    'sluice lake export gold.top10 --sql "from silver.assets where rank <= 10" --format csv',
  ],
  run: async ({ client, output, global }, given) => {
    const [from, sql] = [given.text('from'), given.text('sql')]
    if ((from === undefined) === (sql === undefined)) throw new UsageError('give --from or --sql')
    const answer = await (await client()).lake.export({
      body: {
        dataset: given.arg('gold'),
        format: (given.text('format') ?? 'parquet') as 'parquet',
        ...(global.project === undefined ? {} : { project: global.project }),
        ...(from === undefined ? {} : { from }),
        ...(sql === undefined ? {} : { sql }),
      },
    })
    output.result(answer, () => `${answer.dataset} ${answer.version}: ${count(answer.rows)} rows, ${bytes(answer.bytes)}`)
    return 0
  },
})
