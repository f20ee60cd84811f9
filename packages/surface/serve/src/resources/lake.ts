import { z } from '@hono/zod-openapi'
import { SluiceError } from '@sluice/core'
import type { ExportFormat } from '@sluice/lake'
import { endpoint, streamEndpoint } from '../endpoint.ts'
import { lakeTable, lakeVersion } from '../schemas/stores.ts'
import { given, inProject, onePage, pageOf } from '../schemas/values.ts'

const tag = 'lake'

export const listLakeTables = endpoint({
  method: 'get',
  path: '/lake/tables',
  tag,
  summary: 'Tables of the lake',
  query: z.object(inProject),
  answer: pageOf(lakeTable),
  handle: async ({ lake }, { query }) => onePage(await lake.tables(given(query))),
})

export const lakeHistory = endpoint({
  method: 'get',
  path: '/lake/history',
  tag,
  summary: 'Every write to a table of the lake, newest first',
  query: z.object({ ...inProject, dataset: z.string().min(1) }),
  answer: pageOf(lakeVersion),
  handle: async ({ lake }, { query: { dataset, ...rest } }) => onePage(await lake.history({ dataset, ...given(rest) })),
})

const contentTypes: Readonly<Record<ExportFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

export const readLake = streamEndpoint({
  method: 'get',
  path: '/lake/rows',
  tag,
  summary: 'Rows of a table of the lake, as of a version when one is named',
  query: z.object({
    ...inProject,
    dataset: z.string().min(1).optional(),
    path: z.string().min(1).optional().openapi({ description: 'Any Delta table on this machine. Command line in process only.' }),
    version: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).optional(),
    format: z.enum(['json', 'csv', 'parquet'] satisfies ExportFormat[]).default('json'),
  }),
  contentTypes: Object.values(contentTypes).map((type) => type.replace(/;.*/, '')),
  handle: async ({ lake }, { query: { format, ...target }, caller, signal }) => {
    if (target.path !== undefined && caller.kind !== 'owner') {
      throw new SluiceError('request.denied', 'paths are read by the command line only', {
        facts: { path: target.path, anonymous: false },
        next: 'Name the dataset instead, or run the command on that machine without --url.',
      })
    }
    if ((target.dataset === undefined) === (target.path === undefined)) {
      throw new SluiceError('request.invalid', 'name either a dataset or a path', { next: 'Give exactly one of "dataset" and "path".' })
    }
    const name = (target.dataset ?? 'table').split(':').at(-1)
    return {
      contentType: contentTypes[format],
      fileName: `${name}.${format}`,
      chunks: await lake.read({ format, ...given(target) }, signal),
    }
  },
})
