import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'
import { definitionErrorText } from '../../format/failure.ts'
import { definitionError } from '../../schemas/pipelines.ts'
import { inProject, onePage, pageOf } from '../../schemas/values.ts'
import { showInfo } from '../platform/info.ts'

export const listDefinitionErrors = endpoint({
  name: 'pipelines.errors',
  method: 'get',
  path: '/definition-errors',
  right: 'viewer',
  scope: 'projects',
  summary: 'Definition files that could not be loaded, with the place and what to do',
  query: z.object(inProject),
  answer: pageOf(definitionError),
  handle: async ({ engine }, { query, projects }) =>
    onePage((await engine.definitionErrors()).filter(({ project }) => sees(projects, project) && (query.project ?? project) === project)),
  terminal: {
    examples: ['sluice pipelines errors', 'sluice pipelines errors --json'],
    run: async (terminal, _, send) => {
      const { items } = await send(given({ query: given({ project: terminal.project }) }))
      const { folders } = items.length === 0 ? { folders: {} } : await terminal.call(showInfo)
      terminal.output.result(items, () =>
        items.length === 0 ? 'All definitions load.' : items.map((error) => definitionErrorText(error, folders)).join('\n\n'),
      )
      return items.length === 0 ? 0 : 1
    },
  },
})
