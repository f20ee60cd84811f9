import { streamEndpoint } from '../endpoint.ts'
import type { EventHub } from '../streams/events.ts'

/** The hub is the server's, one for all its readers. */
export const liveEvents = (hub: EventHub) =>
  streamEndpoint({
    method: 'get',
    path: '/events',
    tag: 'runs',
    summary: 'Changes of runs and tasks as server-sent events (`run`: Run, `task`: TaskRun with `run`)',
    contentTypes: ['text/event-stream'],
    handle: async (_, { signal }) => ({ contentType: 'text/event-stream', chunks: hub.subscribe(signal) }),
  })
