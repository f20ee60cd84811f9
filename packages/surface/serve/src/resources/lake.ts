import { z } from '@hono/zod-openapi'
import { given, requestErrors } from '@sluice/core'
import type { ExportFormat, GoldFormat } from '@sluice/lake'
import { endpoint, streamEndpoint } from '../endpoint.ts'
import {
  exported,
  goldRestored,
  goldVerdict,
  lakeTable,
  lakeVersion,
  optimizeAnswer,
  restoreAnswer,
  retained,
  sqlResult,
  vacuumAnswer,
} from '../schemas/stores.ts'
import { inProject, instantInput, onePage, pageOf } from '../schemas/values.ts'

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
      throw requestErrors.denied('paths are read by the command line only', {
        facts: { path: target.path, anonymous: false },
        next: 'Name the dataset instead, or run the command on that machine without --url.',
      })
    }
    if ((target.dataset === undefined) === (target.path === undefined)) {
      throw requestErrors.invalid('name either a dataset or a path', { next: 'Give exactly one of "dataset" and "path".' })
    }
    const name = (target.dataset ?? 'table').split(':').at(-1)
    return {
      contentType: contentTypes[format],
      fileName: `${name}.${format}`,
      chunks: await lake.read({ format, ...given(target) }, signal),
    }
  },
})

const params = z.object({ project: z.string() })
const question = {
  sql: z.string().min(1).openapi({
    description:
      'One query. It names datasets (`silver.assets`, with `AT (VERSION => 3)` behind it) and files of the lake, and reaches nothing else.',
  }),
}

export const queryLake = endpoint({
  method: 'post',
  path: '/lake/{project}/query',
  tag,
  summary: 'Rows of one query over the lake, which may only read',
  params,
  body: z.object({ ...question, limit: z.number().int().min(1).max(100_000).optional() }),
  answer: sqlResult,
  handle: ({ lake }, { params: { project }, body: { sql, ...rest }, signal }) => lake.sql(project, sql, given(rest), signal),
})

export const exportQuery = streamEndpoint({
  method: 'post',
  path: '/lake/{project}/query/rows',
  tag,
  summary: 'All rows of one query over the lake, as a file',
  params,
  body: z.object({
    ...question,
    limit: z.number().int().min(1).optional(),
    format: z.enum(['json', 'csv', 'parquet'] satisfies ExportFormat[]).default('json'),
  }),
  contentTypes: Object.values(contentTypes).map((type) => type.replace(/;.*/, '')),
  handle: async ({ lake }, { params: { project }, body: { sql, format, limit }, signal }) => ({
    contentType: contentTypes[format],
    fileName: `query.${format}`,
    chunks: await lake.sqlFile(project, sql, { format, ...given({ limit }) }, signal),
  }),
})

const target = { dataset: z.string().min(1), project: z.string().optional() }

export const optimizeTable = endpoint({
  method: 'post',
  path: '/lake/optimize',
  tag,
  summary: 'Write the small files of a table together; no row changes',
  body: z.object({ ...target, clusterBy: z.array(z.string().min(1)).optional() }),
  answer: optimizeAnswer,
  handle: ({ lake }, { body: { dataset, project, ...rest } }) => lake.optimize(given({ dataset, project }), given(rest)),
})

export const vacuumTable = endpoint({
  method: 'post',
  path: '/lake/vacuum',
  tag,
  summary: 'Delete the files of a table that no version within the retention needs',
  body: z.object({
    ...target,
    retentionHours: z.number().min(0).optional(),
    dryRun: z.boolean().optional(),
    allowShortRetention: z.boolean().optional(),
  }),
  answer: vacuumAnswer,
  handle: ({ lake }, { body: { dataset, project, ...rest } }) => lake.vacuum(given({ dataset, project }), given(rest)),
})

export const restoreTable = endpoint({
  method: 'post',
  path: '/lake/restore',
  tag,
  summary: 'Make an older version of a table the newest',
  body: z.object({ ...target, version: z.number().int().min(0).optional(), timestamp: instantInput.optional() }),
  answer: restoreAnswer,
  handle: ({ lake }, { body: { dataset, project, version, timestamp } }) => {
    const at = given({ dataset, project })
    if (version !== undefined && timestamp === undefined) return lake.restore(at, { version })
    if (version === undefined && timestamp !== undefined) return lake.restore(at, { timestamp })
    throw requestErrors.invalid('name either a version or an instant', {
      next: 'Give exactly one of "version" and "timestamp".',
    })
  },
})

export const retainLake = endpoint({
  method: 'post',
  path: '/lake/{project}/retain',
  tag,
  summary: 'Let go of what the zones of a lake need not keep any longer',
  params,
  body: z.object({
    now: instantInput.optional().openapi({ description: 'The logical time; now unless given.' }),
    dryRun: z.boolean().optional(),
  }),
  answer: retained,
  handle: ({ lake }, { params: { project }, body: { now, dryRun } }) =>
    lake.retain(project, { now: now ?? Date.now(), ...given({ dryRun }) }),
})

export const exportLake = endpoint({
  method: 'post',
  path: '/lake/exports',
  tag,
  summary: 'Export a dataset or a query of the lake to gold, with a manifest',
  body: z.object({
    ...target,
    from: z.string().min(1).optional().openapi({ description: 'A dataset; or give "sql".' }),
    sql: z.string().min(1).optional(),
    format: z.enum(['parquet', 'csv', 'ndjson'] satisfies GoldFormat[]).default('parquet'),
  }),
  answer: exported,
  handle: async ({ lake }, { body: { dataset, project, from, sql, format } }) => {
    if ((from === undefined) === (sql === undefined)) {
      throw requestErrors.invalid('name either a dataset or a query', { next: 'Give exactly one of "from" and "sql".' })
    }
    const source = sql === undefined ? { dataset: from ?? '' } : { sql }
    const receipt = await lake.export(given({ dataset, project }), { from: source, format })
    return {
      dataset: receipt.dataset,
      version: receipt.version,
      rows: receipt.rowsWritten,
      bytes: receipt.bytes,
      batch: receipt.batch,
      writtenAt: receipt.writtenAt,
    }
  },
})

export const verifyExports = endpoint({
  method: 'post',
  path: '/lake/exports/verify',
  tag,
  summary: 'Read exports again: checksums, rows, columns',
  body: z.object({ ...target, version: z.string().optional() }),
  answer: pageOf(goldVerdict),
  handle: async ({ lake }, { body: { dataset, project, version } }) => onePage(await lake.verify(given({ dataset, project }), version)),
})

export const restoreLakeExport = endpoint({
  method: 'post',
  path: '/lake/exports/restore',
  tag,
  summary: 'Put a verified export into a table of silver, which then holds exactly its rows',
  body: z.object({ ...target, into: z.string().min(1), version: z.string().optional() }),
  answer: goldRestored,
  handle: ({ lake }, { body: { dataset, project, into, version } }) =>
    lake.restoreExport(given({ dataset, project }), { into, ...given({ version }) }),
})
