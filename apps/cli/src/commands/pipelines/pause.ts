import { type Command, command } from '../../cli/command.ts'

const change = (verb: 'pause' | 'unpause', summary: string): Command =>
  command({
    path: `pipelines ${verb}`,
    summary,
    args: { '<pipeline>': 'its name' },
    examples: [`sluice pipelines ${verb} crypto_data_pipeline`],
    run: async ({ client, output, global }, given) => {
      const pipeline = await (await client()).pipelines.change({
        params: { pipeline: given.arg('pipeline') },
        query: { project: global.project },
        body: { paused: verb === 'pause' },
      })
      output.result(pipeline, () => `${pipeline.project}:${pipeline.name} is ${pipeline.paused ? 'paused' : 'active'}`)
      return 0
    },
  })

export const pausePipeline = change('pause', 'Stop a pipeline from starting by its schedule')
export const unpausePipeline = change('unpause', 'Let a pipeline start by its schedule again')
