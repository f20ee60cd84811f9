import { createHash } from 'node:crypto'
import {
  type Fault,
  type RequestEntry,
  type Route,
  SimulatorError,
  type SimulatorReply,
  type SimulatorRequest,
  serveSimulator,
} from '@sluice/simulator-kit'
import { type LimitHeaders, slidingLimit } from './limits.ts'
import { type OddListing, pageOf } from './listing.ts'
import { type Order, orderAt, productAt, productId } from './orders.ts'
import { door, type SignIn } from './sign-in.ts'

export interface ShopOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default 1. The same seed gives the same shop. */
  readonly seed?: number
  /** How many orders there are; default 230. */
  readonly orders?: number
  /** How many products there are; default 40. */
  readonly products?: number
  /** Products whose id spoils every request that names it, by their place from 0. */
  readonly badProducts?: readonly number[]
  readonly signIn?: SignIn
  /** Default `demo-key`. */
  readonly key?: string
  readonly tokenMs?: number
  /** Whether a refresh token is good once; default true. */
  readonly rotates?: boolean
  /** What the token service asks for beside the credentials; default nothing. */
  readonly tokenAsks?: Readonly<Record<string, string>>
  readonly limit?: { readonly calls: number; readonly perMs: number; readonly headers?: LimitHeaders }
  /** After each page so many orders come in at the head of the listing, or leave it where the number is negative. */
  readonly moving?: number
  /** How the listing of orders is odd; default not at all. */
  readonly odd?: OddListing
  /** Links to the next page lead to this host. */
  readonly linksTo?: string
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number
  readonly faults?: readonly Fault[]
}

export interface ShopSimulator extends AsyncDisposable {
  /** Base URL, `/v1` included. */
  readonly url: string
  readonly controlUrl: string
  readonly port: number
  readonly apiKey: string
  setFaults(faults: readonly Fault[]): void
  requests(): readonly RequestEntry[]
  /** Orders as they stand, newest first. */
  orders(): readonly Order[]
  /** Changes what `/rates` answers. */
  changeRates(): void
  /** How many access tokens were given, and the refresh token that is good now. */
  tokens(): { readonly given: number; readonly refresh: string }
  expireTokens(): void
  /** How many requests the limit refused, and the most that came in a span of it. */
  limit(): { readonly refused: number; readonly most: number }
  close(): Promise<void>
}

/** Starts the API of a shop on 127.0.0.1. Throws `option_invalid`, `fault_invalid` or `port_in_use`. */
export async function start(options: ShopOptions = {}): Promise<ShopSimulator> {
  const { port = 0, seed = 1, orders: count = 230, products = 40, badProducts = [], signIn = 'bearer', key = 'demo-key' } = options
  const { tokenMs = 3_600_000, rotates = true, moving = 0, now = Date.now, faults = [] } = options
  for (const [name, value] of Object.entries({ orders: count, products })) {
    if (!Number.isInteger(value) || value < 0)
      throw new SimulatorError('option_invalid', `${name} is ${value}`, 'Give a whole number of at least 0.')
  }
  let orders: readonly Order[] = Array.from({ length: count }, (_, index) => orderAt(seed, count - index))
  let [newest, rates] = [count, 1]
  const entry = door({ kind: signIn, key, tokenMs, rotates, asks: options.tokenAsks ?? {}, now })
  const limit = slidingLimit({ calls: Number.POSITIVE_INFINITY, perMs: 1, headers: 'none', ...options.limit, now })
  const problem = (status: number, error: string): SimulatorReply => ({ status, body: { error } })

  const move = (): void => {
    if (moving > 0) orders = [...Array.from({ length: moving }, () => orderAt(seed, ++newest)).reverse(), ...orders]
    else if (moving < 0) orders = orders.slice(-moving)
  }
  const listed = (chosen: readonly Order[], request: SimulatorRequest, query: URLSearchParams): SimulatorReply => {
    const { odd, linksTo } = options
    const reply = pageOf(chosen, query, `http://${request.headers.host}${request.path}?${query}`, { odd, linksTo })
    move()
    return reply
  }
  const changed = ({ query }: SimulatorRequest): readonly Order[] => {
    const [since, until] = [query.get('updated_since'), query.get('updated_until')]
    return orders.filter(({ updated_at: at }) => (since === null || at >= since) && (until === null || at < until))
  }
  const routes: readonly Route[] = [
    { method: 'POST', path: '/oauth/token', answer: (request) => entry.token(request) },
    { method: 'GET', path: '/v1/orders', answer: (request) => listed(changed(request), request, request.query) },
    {
      method: 'POST',
      path: '/v1/orders/search',
      answer: (request) => {
        const { status, page = {} } = JSON.parse(request.body.toString('utf8')) as {
          status?: string
          page?: Record<string, string | number>
        }
        const query = new URLSearchParams(Object.entries(page).map(([name, value]): [string, string] => [name, String(value)]))
        return listed(
          orders.filter((order) => status === undefined || order.status === status),
          request,
          query,
        )
      },
    },
    {
      method: 'GET',
      path: '/v1/products',
      answer: ({ query }) => productsOf((query.get('ids') ?? '').split(','), { seed, products, badProducts }),
    },
    {
      method: 'GET',
      path: '/v1/products/:id',
      answer: ({ params }) => {
        const index = indexOf(params.id ?? '', products)
        return index === undefined || badProducts.includes(index) ? problem(404, 'not found') : { body: productAt(seed, index) }
      },
    },
    { method: 'GET', path: '/v1/rates', answer: (request) => ratesOf(rates, request) },
  ]
  const simulator = await serveSimulator({
    name: 'shop',
    port,
    routes,
    guard: (request) => (request.path.startsWith('/v1/') ? (limit.take() ?? entry.refuse(request)) : undefined),
    after: ({ path }, reply) => (path.startsWith('/v1/') ? { ...reply, headers: { ...limit.headers(), ...reply.headers } } : reply),
    faults,
    upstream: { problem, fields: ['customer', 'total', 'updated_at'] },
  })
  return {
    url: `${simulator.url}/v1`,
    controlUrl: `${simulator.url}/__simulator`,
    port: simulator.port,
    apiKey: key,
    setFaults: (list) => simulator.setFaults(list),
    requests: () => simulator.requests(),
    orders: () => orders,
    changeRates: () => void rates++,
    tokens: () => entry.tokens(),
    expireTokens: () => entry.expireTokens(),
    limit: () => limit.seen(),
    close: () => simulator.close(),
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}

interface Shelf {
  readonly seed: number
  readonly products: number
  readonly badProducts: readonly number[]
}

const indexOf = (id: string, products: number): number | undefined =>
  Array.from({ length: products }, (_, at) => at).find((at) => productId(at) === id)

/** One bad id spoils the answer of all; an id that nobody knows is passed over. Each answer says what it cost. */
function productsOf(ids: readonly string[], { seed, products, badProducts }: Shelf): SimulatorReply {
  const found = ids.flatMap((id) => indexOf(id, products) ?? [])
  const bad = found.find((index) => badProducts.includes(index))
  const status = (error_code: number | string, error_message: string | null) => ({
    error_code,
    error_message,
    credit_count: Math.ceil(found.length / 100),
  })
  if (bad !== undefined) return { status: 400, body: { status: status(400, `Invalid value for "ids": "${productAt(seed, bad).id}"`) } }
  const data = Object.fromEntries(found.map((index) => [productAt(seed, index).id, productAt(seed, index)]))
  return { body: { data, status: status('0', null) } }
}

function ratesOf(version: number, { headers }: SimulatorRequest): SimulatorReply {
  const body = { data: [{ currency: 'EUR', rate: `1.${version}` }] }
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}"`
  return headers['if-none-match'] === etag ? { status: 304, headers: { etag }, body: undefined } : { headers: { etag }, body }
}
