import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sqlResult } from '../../schemas/sql-result.ts'
import { sqlOptions } from './sql-options.ts'

export const runQuery = endpoint({
  name: 'warehouse.runQuery',
  method: 'post',
  path: '/warehouse/{project}/queries/{query}',
  right: 'editor',
  audit: 'query',
  summary: 'Rows of a query that a project keeps under a name',
  params: z.object({ project: z.string(), query: z.string() }),
  body: z.object(sqlOptions),
  answer: sqlResult,
  handle: async ({ warehouses }, { params, body }) => await (await warehouses.of(params.project)).runQuery(params.query, given(body)),
})
