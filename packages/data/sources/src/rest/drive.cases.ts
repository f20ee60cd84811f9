import { type Connection, type LandedPage, type Logger, type RestSource, restSource } from '@sluice/author'
import { type AnswersFact, isSluiceError } from '@sluice/core'
import type { ShopSimulator } from '@sluice/simulator-shop'
import { callsHere } from '../http/calls.ts'
import { createHttpClient } from '../http/client.ts'
import { restPages } from './drive.ts'
import type { RestPull } from './pull.ts'

export const interval = { start: Date.parse('2026-01-02'), end: Date.parse('2026-01-03') }

/** Waits pass at once. */
export function clockOf(clock = { now: Date.now() }) {
  const sleep = async (ms: number): Promise<void> => {
    clock.now += ms
  }
  const now = (): number => clock.now
  return { now, sleep, calls: callsHere(now) }
}

export interface Pulled {
  readonly bodies: readonly string[]
  readonly pages: readonly LandedPage[]
  readonly told: AnswersFact
  readonly lines: readonly string[]
  readonly error: unknown
}

/** Reads pages as the lake does: each body to its end before the next page is asked for. */
export async function pull(shop: ShopSimulator, source: RestSource, more: Partial<RestPull> = {}): Promise<Pulled> {
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const log: Logger = { debug: write, info: write, warn: write, error: write }
  const connection: Connection = { name: 'shop', type: 'http', url: shop.url, token: shop.apiKey }
  const retry = { attempts: 3, delayMs: 1, backoff: 'constant', maxDelayMs: 1 } as const
  const http = createHttpClient({ log, retry, timeoutMs: 600_000, ...clockOf() })
  const { pages, told } = restPages({ source, connection, http, log, interval, pause: async () => {}, ...more })
  const [bodies, landed]: [string[], LandedPage[]] = [[], []]
  let error: unknown
  try {
    for await (const page of pages) {
      bodies.push(typeof page.body === 'string' ? page.body : Buffer.concat(await Array.fromAsync(page.body)).toString('utf8'))
      landed.push(page)
    }
  } catch (thrown) {
    error = thrown
  }
  return { bodies, pages: landed, told: told(), lines, error }
}

export const size = { param: 'limit', rows: 50 }
export const orders = (more: object): RestSource =>
  restSource({ name: 'orders', connection: 'shop', path: '/orders', rows: '$.data[*]', ...more })
export const rowsOf = ({ bodies }: Pulled): readonly { readonly id: number }[] =>
  bodies.flatMap((body) => (JSON.parse(body) as { readonly data: readonly { readonly id: number }[] }).data)
export const idsOf = (pulled: Pulled): readonly number[] => rowsOf(pulled).map(({ id }) => id)
export const codeOf = (error: unknown): string => (isSluiceError(error) ? error.code : String(error))

export const connectionOf = (shop: ShopSimulator): Connection => ({ name: 'shop', type: 'http', url: shop.url, token: shop.apiKey })
