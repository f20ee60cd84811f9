import { command } from '../../cli/command.ts'
import { definitionErrorText } from '../../format/failure.ts'

export const pipelineErrors = command({
  path: 'pipelines errors',
  summary: 'Definition files that could not be loaded, with the place and what to do',
  examples: ['sluice pipelines errors', 'sluice pipelines errors --json'],
  run: async ({ client, output, global }) => {
    const { items } = await (await client()).pipelines.errors({ query: { project: global.project } })
    output.result(items, () => (items.length === 0 ? 'All definitions load.' : items.map(definitionErrorText).join('\n\n')))
    return items.length === 0 ? 0 : 1
  },
})
