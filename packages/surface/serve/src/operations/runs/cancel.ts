import { endpoint } from '../../endpoint/endpoint.ts'
import { state } from '../../format/words.ts'
import { runSummary } from '../../schemas/runs.ts'
import { projectOfRun } from '../scope.ts'
import { ofRun } from './of-id.ts'

export const cancelRun = endpoint({
  name: 'runs.cancel',
  method: 'post',
  path: '/runs/{run}/cancel',
  right: 'editor',
  scope: projectOfRun,
  audit: 'within',
  summary: 'Cancel a run: running tasks are told to stop, the others are cancelled',
  params: ofRun,
  answer: runSummary,
  handle: ({ engine }, { params, by }) => engine.cancel(params.run, by),
  terminal: {
    args: ['run'],
    examples: ['sluice runs cancel mx26bh0rtyhe'],
    show: (run) => `run ${run.id} of ${run.project}:${run.pipeline}: ${state(run.state)}`,
    // One that ended before it could be told.
    exit: (run) => (run.state === 'success' || run.state === 'failed' ? 1 : 0),
  },
})
