import { type Fault, type RequestEntry, type SimulatorReply, serveSimulator } from '@sluice/simulator-kit'
import { bucket } from './bucket.ts'
import { readPayload, type SlackMessage } from './payload.ts'

/** What became of the channel, the webhook or the app. */
export type ChannelState = 'open' | 'archived' | 'removed' | 'prohibited' | 'app_removed'

export interface SlackOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Messages of a webhook at once before the limit holds; default 1. */
  readonly burst?: number
  /** One message of a webhook so often; default 1 s, as Slack's. */
  readonly everyMs?: number
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number
  readonly faults?: readonly Fault[]
}

export interface SlackSimulator extends AsyncDisposable {
  /** The webhook of the channel: whoever knows it may post. Other paths are not there. */
  readonly url: string
  readonly controlUrl: string
  readonly port: number
  setFaults(faults: readonly Fault[]): void
  setChannel(state: ChannelState): void
  requests(): readonly RequestEntry[]
  /** What the channel shows, oldest first. */
  messages(): readonly SlackMessage[]
  /** How many the rate limit refused. */
  limited(): number
  /** Resolves when the channel shows so many. */
  received(count: number): Promise<readonly SlackMessage[]>
  close(): Promise<void>
}

const path = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'

/** Slack answers in one word of plain text. */
const word = (status: number, said: string, headers: Readonly<Record<string, string>> = {}): SimulatorReply => ({
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body: said,
})

const refusals: Readonly<Record<Exclude<ChannelState, 'open'>, SimulatorReply>> = {
  archived: word(410, 'channel_is_archived'),
  removed: word(404, 'channel_not_found'),
  prohibited: word(403, 'action_prohibited'),
  app_removed: word(404, 'no_service'),
}

/** Starts an incoming webhook of Slack on 127.0.0.1. Throws `fault_invalid` or `port_in_use`. */
export async function start(options: SlackOptions = {}): Promise<SlackSimulator> {
  const { port = 0, burst = 1, everyMs = 1_000, now = Date.now, faults = [] } = options
  const messages: SlackMessage[] = []
  let [state, limited] = ['open' as ChannelState, 0]
  let arrived = Promise.withResolvers<void>()
  const limit = bucket({ burst, everyMs, now })
  const simulator = await serveSimulator({
    name: 'slack',
    port,
    faults,
    upstream: {
      problem: (status, message) => (status === 404 ? word(404, 'no_service') : word(status, status >= 500 ? 'rollup_error' : message)),
      fields: [],
    },
    routes: [
      {
        method: 'POST',
        path,
        answer: ({ body }) => {
          const waitMs = limit.take(path)
          if (waitMs > 0) {
            limited++
            return word(429, 'rate_limited', { 'retry-after': String(Math.ceil(waitMs / 1_000)) })
          }
          if (state !== 'open') return refusals[state]
          const read = readPayload(body)
          if ('refused' in read) return word(400, read.refused)
          messages.push({ at: now(), path, ...read })
          arrived.resolve()
          arrived = Promise.withResolvers()
          return word(200, 'ok')
        },
      },
    ],
  })
  return {
    url: `${simulator.url}${path}`,
    controlUrl: `${simulator.url}/__simulator`,
    port: simulator.port,
    setFaults: simulator.setFaults,
    setChannel: (next) => {
      state = next
    },
    requests: simulator.requests,
    messages: () => messages,
    limited: () => limited,
    async received(count) {
      while (messages.length < count) await arrived.promise
      return messages
    },
    close: simulator.close,
    [Symbol.asyncDispose]: simulator.close,
  }
}
