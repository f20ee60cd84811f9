import { z } from '@hono/zod-openapi'
import { endpoint } from '../endpoint.ts'
import { migrateAnswer, sqlResult } from '../schemas/stores.ts'
import { given } from '../schemas/values.ts'

const tag = 'warehouse'
const params = z.object({ project: z.string() })

export const queryWarehouse = endpoint({
  method: 'post',
  path: '/warehouse/{project}/query',
  tag,
  summary: 'Rows of one query, which may only read',
  params,
  body: z.object({ sql: z.string().min(1), limit: z.number().int().min(1).max(100_000).optional() }),
  answer: sqlResult,
  handle: ({ warehouse }, { params, body: { sql, ...rest } }) => warehouse.sql(params.project, sql, given(rest)),
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
