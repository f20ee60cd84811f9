import type { NamedQuery } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { ofProject, onePage, pageOf } from '../../schemas/values.ts'
import { namedProject } from '../scope.ts'

const namedQuery: z.ZodType<NamedQuery> = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    params: z.array(z.string()).meta({ description: 'Its ":name" placeholders.' }),
    sql: z.string(),
  })
  .meta({ id: 'NamedQuery' })

export const listQueries = endpoint({
  name: 'warehouse.queries',
  method: 'get',
  path: '/warehouse/{project}/queries',
  right: 'viewer',
  scope: namedProject,
  summary: 'The queries that a project keeps under names',
  params: ofProject,
  answer: pageOf(namedQuery),
  handle: async ({ warehouses }, { params }) => onePage(await (await warehouses.of(params.project)).queries()),
})
