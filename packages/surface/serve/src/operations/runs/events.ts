import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'

export const liveEvents = streamEndpoint({
  name: 'runs.events',
  method: 'get',
  path: '/events',
  right: 'viewer',
  scope: 'projects',
  summary: 'Changes of runs and tasks as server-sent events (`run`: Run, `task`: TaskRun with `run`, `ended`: whoever reads is too slow)',
  contentTypes: ['text/event-stream'],
  handle: async ({ events }, { signal, projects }) => ({
    contentType: 'text/event-stream',
    chunks: events.subscribe(signal, projects === 'all' ? undefined : (project) => sees(projects, project)),
  }),
})
