import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { selecting } from '../../schemas/models.ts'
import { ofProject } from '../../schemas/values.ts'
import type { CompiledModel } from '../../services.ts'
import { namedProject } from '../scope.ts'

const compiled: z.ZodType<CompiledModel> = z
  .object({
    name: z.string(),
    kind: z.string(),
    store: z.string(),
    sql: z.string().nullable().meta({ description: 'Null where it cannot be said.' }),
    params: z.array(z.unknown()).meta({ description: 'Values that are bound, in their order.' }),
    why: z.string().nullable(),
  })
  .meta({ id: 'CompiledModel' })

export const compileModels = endpoint({
  name: 'models.compile',
  method: 'post',
  path: '/models/{project}/sql',
  right: 'editor',
  scope: namedProject,
  audit: 'query',
  summary: 'The SQL that a run of the selected models and checks would give to its engine now',
  params: ofProject,
  body: z.object(selecting),
  answer: z.object({ items: z.array(compiled) }),
  handle: async ({ models }, { params: { project }, body: { select, exclude, before } }) => ({
    items: await models.compile({ project, select, exclude, ...given({ before }) }),
  }),
})

export const compiledText = (models: readonly CompiledModel[]): string =>
  models
    .map(({ name, kind, store, sql, params, why }) => {
      const bound = params.map((value, at) => `-- $${at + 1} = ${JSON.stringify(value)}`)
      return [`-- ${kind} ${name}, on the ${store}`, ...bound, sql?.trim() ?? `-- ${why ?? ''}`].join('\n')
    })
    .join('\n\n')
