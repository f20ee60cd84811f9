import { given } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { streamInTurn } from '../../endpoint/in-turn.ts'
import { ofProject } from '../../schemas/values.ts'
import { contentTypes, formats, mediaTypes } from '../lake/formats.ts'
import { namedProject } from '../scope.ts'
import { sqlOptions } from './sql-options.ts'

export const exportWarehouseQuery = streamEndpoint({
  name: 'warehouse.exportQuery',
  method: 'post',
  path: '/warehouse/{project}/query/rows',
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'All rows of one query in the warehouse of a project, as a file',
  params: ofProject,
  body: z.object({
    sql: z.string().min(1).describe('one query, or @name for one that the project keeps in queries/'),
    limit: z.number().int().min(1).optional().describe('how many rows at most; all unless given'),
    params: sqlOptions.params,
    format: z.enum(formats).default('json'),
  }),
  contentTypes: mediaTypes,
  handle: async ({ warehouses, turns }, { params, body: { sql, format, ...rest }, caller, signal }) => {
    const warehouse = await warehouses.of(params.project)
    return {
      contentType: contentTypes[format],
      fileName: `query.${format}`,
      chunks: await streamInTurn(turns, { caller, signal }, () => warehouse.exportQuery(sql, format, { ...given(rest), signal })),
    }
  },
})
