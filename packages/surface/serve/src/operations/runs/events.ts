import { streamEndpoint } from '../../endpoint/endpoint.ts'

export const liveEvents = streamEndpoint({
  name: 'runs.events',
  method: 'get',
  path: '/events',
  right: 'viewer',
  summary: 'Changes of runs and tasks as server-sent events (`run`: Run, `task`: TaskRun with `run`)',
  contentTypes: ['text/event-stream'],
  handle: async ({ events }, { signal }) => ({ contentType: 'text/event-stream', chunks: events.subscribe(signal) }),
})
