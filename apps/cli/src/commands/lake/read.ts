import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { command } from '../../cli/command.ts'
import { UsageError, wholeNumber } from '../../cli/given.ts'
import { fileOptions, toFile } from './to-file.ts'

export const lakeRead = command({
  path: 'lake read',
  summary: 'Rows of a table of the lake, or of any Delta table by its path',
  args: { '<dataset-or-path>': 'silver.assets, a full id, or a folder such as ./data/table' },
  options: [
    { flags: '--version <n>', description: 'as of this version', parse: wholeNumber },
    { flags: '--format <format>', description: 'of the rows', choices: ['json', 'csv', 'parquet'], default: 'json' },
    { flags: '--limit <n>', description: 'at most so many rows', parse: wholeNumber },
    ...fileOptions,
  ],
  examples: ['sluice lake read silver.assets --limit 5', 'sluice lake read /data/events --version 3 --format csv -o events.csv'],
  run: async ({ client, output, global, signal }, given) => {
    const name = given.arg('dataset-or-path')
    const format = given.text('format') ?? 'json'
    if (global.json && format !== 'json') throw new UsageError('--json gives JSON: leave out --format')
    const query = {
      ...(isPath(name) ? { path: resolve(name) } : { dataset: name }),
      project: global.project,
      version: given.number('version'),
      limit: given.number('limit'),
      format,
    }
    return await toFile(output, given, format, async () => await (await client()).lake.read({ query, signal }))
  },
})

/** Names of datasets have one point and no slash; a folder of that name here still counts as a path when it holds a Delta log. */
const isPath = (name: string): boolean => /[/\\]/.test(name) || name === '.' || existsSync(resolve(name, '_delta_log'))
