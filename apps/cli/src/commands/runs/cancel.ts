import { command } from '../../cli/command.ts'
import { state } from '../../format/words.ts'

export const cancelRun = command({
  path: 'runs cancel',
  summary: 'End a run: running tasks are told to stop, the others are cancelled',
  args: { '<run>': 'its id' },
  examples: ['sluice runs cancel 01JD...'],
  run: async ({ client, output }, given) => {
    const run = await (await client()).runs.cancel({ params: { run: given.arg('run') } })
    output.result(run, () => `run ${run.id} of ${run.project}:${run.pipeline}: ${state(run.state)}`)
    // One that ended before it could be told.
    return run.state === 'success' || run.state === 'failed' ? 1 : 0
  },
})
