import { exportFormats } from '@sluice/author'
import { given, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { askedBy, inTurn } from '../../endpoint/in-turn.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { bytes, count } from '../../format/words.ts'
import { instant, whole } from '../../schemas/values.ts'
import { projectOfNewDataset } from '../scope.ts'
import { target } from './target.ts'

const exported = z
  .object({ dataset: z.string(), version: z.string(), rows: whole, bytes: whole, batch: z.string(), writtenAt: instant })
  .meta({ id: 'Exported' })

export const exportLake = endpoint({
  name: 'lake.export',
  method: 'post',
  path: '/lake/exports',
  right: 'admin',
  scope: projectOfNewDataset,
  audit: 'around',
  summary: 'Export a table or a query of the lake to gold, with a manifest of rows, schema, versions and checksums',
  body: z.object({
    ...target,
    dataset: z.string().min(1).describe('gold.NAME; created when it does not exist'),
    from: z.string().min(1).optional().describe('the dataset, such as silver.assets'),
    sql: z.string().min(1).optional().describe('or a query of the lake'),
    format: z.enum(exportFormats).default('parquet').describe('format of the file'),
  }),
  answer: exported,
  handle: async ({ lakes, turns }, { body: { dataset, project, from, sql, format }, caller, signal }) => {
    if ((from === undefined) === (sql === undefined)) {
      throw requestErrors.invalid('name either a dataset or a query', { next: 'Give exactly one of "from" and "sql".' })
    }
    const source = sql === undefined ? { dataset: from ?? '' } : { sql }
    const lake = await lakes.forNew(given({ dataset, project }))
    const make = () => lake.exportNow(dataset, { from: source, format }, askedBy(caller), signal)
    const receipt = await inTurn(turns, { caller, signal }, make)
    return {
      dataset: receipt.dataset,
      version: receipt.version,
      rows: receipt.rowsWritten,
      bytes: receipt.bytes,
      batch: receipt.batch,
      writtenAt: receipt.writtenAt,
    }
  },
  terminal: {
    args: [{ field: 'dataset', name: 'gold' }],
    change: { from: { flags: '--from <dataset>' }, sql: { flags: '--sql <query>' } },
    examples: [
      'sluice lake export gold.assets --from silver.assets',
      'sluice lake export gold.assets --sql "from silver.assets where rank <= 10"',
    ],
    before: (_, { body: { from, sql } }) => {
      if ((from === undefined) === (sql === undefined)) throw new UsageError('give --from or --sql')
    },
    show: ({ dataset, version, rows, ...answer }) => `${dataset} ${version}: ${count(rows)} rows, ${bytes(answer.bytes)}`,
  },
})
