import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { inTurn } from '../../endpoint/in-turn.ts'
import { JsonText } from '../../endpoint/json-text.ts'
import { sqlResult } from '../../schemas/sql-result.ts'
import { namedProject } from '../scope.ts'
import { sqlOptions } from './sql-options.ts'

export const runQuery = endpoint({
  name: 'warehouse.runQuery',
  method: 'post',
  path: '/warehouse/{project}/queries/{query}',
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'Rows of a query that a project keeps under a name',
  params: z.object({ project: z.string(), query: z.string() }),
  body: z.object(sqlOptions),
  answer: sqlResult,
  handle: async ({ warehouses, turns }, { params, body, caller, signal }) => {
    const warehouse = await warehouses.of(params.project)
    return new JsonText(await inTurn(turns, { caller, signal }, () => warehouse.runQuery(params.query, { ...given(body), signal })))
  },
})
