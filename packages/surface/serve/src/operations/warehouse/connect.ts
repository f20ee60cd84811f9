import type { WarehouseConnection } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'

const connection: z.ZodType<WarehouseConnection> = z
  .object({
    project: z.string(),
    url: z.string().meta({ description: 'With the password of the role that may only read.' }),
    host: z.string(),
    port: z.number().int(),
    database: z.string(),
    user: z.string(),
  })
  .meta({ id: 'WarehouseConnection' })

export const connectWarehouse = endpoint({
  name: 'warehouse.connect',
  method: 'get',
  path: '/warehouse/{project}/connection',
  // It hands out a password.
  right: 'admin',
  scope: namedProject,
  audit: 'query',
  summary: 'The URL of a warehouse for psql, BI tools and notebooks; it can only read',
  params: ofProject,
  answer: connection,
  handle: async ({ warehouses }, { params }) => (await warehouses.of(params.project)).connection(),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    examples: ['sluice warehouse connect', 'psql "$(sluice warehouse connect crypto-coincap)"'],
    input: async (terminal, line) => ({ params: { project: await projectOf(terminal, line) } }),
    show: ({ url }) => url,
    after: ({ output }) =>
      output.note(
        'Its role can only read. The URL holds its password. An embedded PostgreSQL answers there while "sluice start" or "sluice dev" runs.',
      ),
  },
})
