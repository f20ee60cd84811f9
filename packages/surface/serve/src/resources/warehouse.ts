import { z } from '@hono/zod-openapi'
import { given } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { migrateAnswer, namedQuery, sqlResult } from '../schemas/stores.ts'
import { onePage, pageOf } from '../schemas/values.ts'

const tag = 'warehouse'
const params = z.object({ project: z.string() })
const options = {
  limit: z.number().int().min(1).max(100_000).optional(),
  params: z.record(z.string(), z.string().nullable()).optional().openapi({
    description: 'Values of ":name" placeholders, as text; they are bound.',
  }),
}

export const queryWarehouse = endpoint({
  method: 'post',
  path: '/warehouse/{project}/query',
  tag,
  summary: 'Rows of one query, which may only read',
  params,
  body: z.object({ sql: z.string().min(1), ...options }),
  answer: sqlResult,
  handle: ({ warehouse }, { params, body: { sql, ...rest } }) => warehouse.sql(params.project, sql, given(rest)),
})

export const listQueries = endpoint({
  method: 'get',
  path: '/warehouse/{project}/queries',
  tag,
  summary: 'The queries that a project keeps under names',
  params,
  answer: pageOf(namedQuery),
  handle: async ({ warehouse }, { params }) => onePage(await warehouse.queries(params.project)),
})

export const runQuery = endpoint({
  method: 'post',
  path: '/warehouse/{project}/queries/{query}',
  tag,
  summary: 'Rows of a query that a project keeps under a name',
  params: z.object({ project: z.string(), query: z.string() }),
  body: z.object(options),
  answer: sqlResult,
  handle: ({ warehouse }, { params, body }) => warehouse.runQuery(params.project, params.query, given(body)),
})

export const migrateWarehouse = endpoint({
  method: 'post',
  path: '/warehouse/{project}/migrate',
  tag,
  summary: 'Bring the tables of a project to a migration, up or down',
  params,
  body: z.object({
    direction: z.enum(['up', 'down']).default('up'),
    to: z.string().min(1).optional(),
    dryRun: z.boolean().optional(),
  }),
  answer: migrateAnswer,
  handle: ({ warehouse }, { params, body: { direction, ...rest } }) => warehouse.migrate(params.project, { direction, ...given(rest) }),
})
