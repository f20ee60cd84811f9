import { budgetWarnings } from '../../cli/budget-warnings.ts'
import { type Command, command } from '../../cli/command.ts'

const change = (verb: 'pause' | 'unpause', summary: string): Command =>
  command({
    path: `pipelines ${verb}`,
    summary,
    args: { '<pipeline>': 'its name' },
    examples: [`sluice pipelines ${verb} crypto_data_pipeline`],
    run: async ({ client, output, global }, given) => {
      const api = await client()
      const at = { params: { pipeline: given.arg('pipeline') }, query: { project: global.project } }
      if (verb === 'unpause') {
        const { project, name } = await api.pipelines.show(at)
        for (const warning of await budgetWarnings(api, project, name)) output.note(warning)
      }
      const pipeline = await api.pipelines.change({ ...at, body: { paused: verb === 'pause' } })
      output.result(pipeline, () => `${pipeline.project}:${pipeline.name} is ${pipeline.paused ? 'paused' : 'active'}`)
      return 0
    },
  })

export const pausePipeline = change('pause', 'Stop a pipeline from starting by its schedule')
export const unpausePipeline = change('unpause', 'Let a pipeline start by its schedule again')
