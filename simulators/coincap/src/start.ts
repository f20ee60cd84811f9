import {
  type Fault,
  type RequestEntry,
  rateWindow,
  SimulatorError,
  type SimulatorReply,
  type SimulatorRequest,
  serveSimulator,
} from '@sluice/simulator-kit'
import { CATALOGUE } from './catalogue.ts'
import { type CreditStatement, creditMeter } from './credits.ts'
import { HISTORY_RANGE_DAYS, type Interval } from './history.ts'
import { coincapRoutes } from './routes.ts'
import { problemAt, SHUTDOWN_MESSAGE } from './words.ts'

export interface CoincapOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default 1. The same seed gives the same market, for every process and for ever. */
  readonly seed?: number
  /** How many assets exist, the largest of the catalogue; default all. */
  readonly assets?: number
  /** Keys that are accepted; default `demo-key`. */
  readonly apiKeys?: readonly [string, ...string[]]
  /** Epoch milliseconds; default the clock. Rate windows and months follow it. */
  readonly now?: () => number
  /** How many times faster than the real service rate windows pass; default 1. */
  readonly speed?: number
  readonly faults?: readonly Fault[]
  /** Default: no limit. The free plan was reported at 2 500. */
  readonly creditsPerMonth?: number
  /** Credits of a call besides its payload; default 1. */
  readonly creditsPerCall?: number
  /** Bytes of payload that cost one credit; default 2 500. */
  readonly bytesPerCredit?: number
  /** Requests a key may make in a minute; default 600. */
  readonly requestsPerMinute?: number
  /** Longest range of a history call, in days, by interval. */
  readonly historyRangeDays?: Partial<Readonly<Record<Interval, number>>>
}

export interface CoincapSimulator extends AsyncDisposable {
  /** Base URL, `/v3` included. */
  readonly url: string
  /** `POST`, `GET` and `DELETE` faults here from another process: `<controlUrl>/faults`, `<controlUrl>/requests`. */
  readonly controlUrl: string
  readonly port: number
  /** The first accepted key. */
  readonly apiKey: string
  setFaults(faults: readonly Fault[]): void
  requests(): readonly RequestEntry[]
  /** What a key (default `apiKey`) has spent in the current month. */
  credits(apiKey?: string): CreditStatement
  close(): Promise<void>
}

/** Starts CoinCap v3 on 127.0.0.1. Throws `option_invalid`, `fault_invalid` or `port_in_use`. */
export async function start(options: CoincapOptions = {}): Promise<CoincapSimulator> {
  const { port = 0, seed = 1, assets = CATALOGUE.length, apiKeys = ['demo-key'], now = Date.now, speed = 1, faults = [] } = options
  if (!Number.isInteger(assets) || assets < 1 || assets > CATALOGUE.length)
    throw invalid('assets', `a whole number from 1 to ${CATALOGUE.length}`)
  if (!(speed > 0 && Number.isFinite(speed))) throw invalid('speed', 'a number above 0')
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('port', 'a whole number from 0 to 65535')
  if (!Number.isFinite(seed)) throw invalid('seed', 'a finite number')

  const { creditsPerMonth, creditsPerCall = 1, bytesPerCredit = 2500, requestsPerMinute = 600 } = options
  const credits = creditMeter({ perMonth: creditsPerMonth, perCall: creditsPerCall, bytesPerCredit }, now)
  const window = rateWindow({ limit: requestsPerMinute, windowMs: 60_000, speed, now })
  const problem = (status: number, message: string) => problemAt(now(), status, message)

  const guard = (request: SimulatorRequest): SimulatorReply | undefined => {
    if (!isMetered(request)) return undefined
    const key = keyOf(request)
    if (key === undefined) return problem(401, 'Unauthorized: an API key is required')
    if (!apiKeys.includes(key)) return problem(403, 'Forbidden: the API key is not valid')
    const verdict = window.take(key)
    if (!verdict.allowed) {
      const seconds = Math.max(1, Math.ceil(verdict.retryAfterMs / 1000))
      return { ...problem(429, 'Too Many Requests'), headers: { 'retry-after': String(seconds) } }
    }
    return credits.isSpent(key) ? problem(429, 'Too Many Requests: the credits of the month are spent') : undefined
  }
  const after = (request: SimulatorRequest, reply: SimulatorReply): SimulatorReply => {
    const key = keyOf(request)
    if (key !== undefined && isMetered(request) && (reply.status ?? 200) < 300)
      credits.spend(key, Buffer.byteLength(JSON.stringify(reply.body)))
    return reply
  }

  const simulator = await serveSimulator({
    name: 'coincap',
    port,
    routes: coincapRoutes({ seed, assets, now, historyRangeDays: { ...HISTORY_RANGE_DAYS, ...options.historyRangeDays } }),
    guard,
    after,
    faults,
    upstream: {
      problem,
      shutdown: () => ({ status: 429, body: { data: { message: SHUTDOWN_MESSAGE }, timestamp: now() } }),
      fields: ['priceUsd', 'marketCapUsd', 'supply', 'volumeUsd24Hr', 'changePercent24Hr', 'vwap24Hr'],
    },
  })
  const [apiKey] = apiKeys
  return {
    url: `${simulator.url}/v3`,
    controlUrl: `${simulator.url}/__simulator`,
    port: simulator.port,
    apiKey,
    setFaults: (list) => simulator.setFaults(list),
    requests: () => simulator.requests(),
    credits: (key = apiKey) => credits.statement(key),
    close: () => simulator.close(),
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}

function isMetered({ path }: SimulatorRequest): boolean {
  return path === '/v3' || path.startsWith('/v3/')
}

/** `Authorization: Bearer KEY`, else `?apiKey=KEY`. */
function keyOf({ headers, query }: SimulatorRequest): string | undefined {
  const { authorization } = headers
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined
  return bearer ?? (query.get('apiKey') || undefined)
}

function invalid(option: string, expected: string): SimulatorError {
  return new SimulatorError('option_invalid', `the option ${option} of the CoinCap simulator is not valid`, `Give ${expected}.`)
}
