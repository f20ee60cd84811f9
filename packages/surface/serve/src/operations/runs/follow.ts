import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { progressOf } from '../../streams/progress.ts'
import { projectOfRun } from '../scope.ts'
import { ofRun } from './of-id.ts'

export const followRun = streamEndpoint({
  name: 'runs.follow',
  method: 'get',
  path: '/runs/{run}/progress',
  right: 'viewer',
  scope: projectOfRun,
  summary: 'The run as it changes, one JSON line (RunDetail) a change; ends when the run has ended',
  params: ofRun,
  contentTypes: ['application/x-ndjson'],
  handle: async ({ engine }, { params, signal }) => {
    await engine.run(params.run)
    return { contentType: 'application/x-ndjson', chunks: progressOf(engine, params.run, signal) }
  },
})
