import { toErrorRecord } from '@sluice/core'
import type { Client } from '@sluice/serve/client'
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

/** A line for each budget that the pipeline spends and that its schedule does not fit. A budget that cannot be planned does not stop anybody. */
async function budgetWarnings(api: Client, project: string, pipeline: string): Promise<readonly string[]> {
  try {
    const { items } = await api.budgets.plan({ params: { project } })
    return items
      .filter(({ fits, uses }) => !fits && uses.some((use) => use.pipeline === pipeline))
      .map(
        ({ budget, credits, spendable }) =>
          `warning: budget ${budget}: ${credits.toLocaleString('en-US')} credits a month do not fit ${spendable.toLocaleString('en-US')}; ` +
          `see what fits with "sluice budget plan ${project}"`,
      )
  } catch (error) {
    return [`warning: the budgets of ${project} cannot be planned: ${toErrorRecord(error).message}`]
  }
}

export const pausePipeline = change('pause', 'Stop a pipeline from starting by its schedule')
export const unpausePipeline = change('unpause', 'Let a pipeline start by its schedule again')
