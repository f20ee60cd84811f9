import { type Connection, creditsOf, type Pages } from '@sluice/author'
import { type Json, positiveInteger, type SluiceError } from '@sluice/core'
import { sourceErrors } from '../errors.ts'
import { fetchPage } from '../http/landing.ts'
import type { HttpClient, HttpRequest } from '../http/request.ts'
import type { Purse } from '../rest/pull.ts'
import { checkBody, readRefusal } from './body.ts'
import { defaultTariff } from './credits.ts'
import { inWordsOfCoinCap } from './rate-limit.ts'

/** Steps of a history. */
export type HistoryInterval = 'm1' | 'm5' | 'm15' | 'm30' | 'h1' | 'h2' | 'h6' | 'h12' | 'd1'

/** The API of CoinCap. */
export interface CoinCap {
  /**
   * One call without the key, which so costs no account anything: any answer of the service proves that it is there, also one that asks for
   * the key. Whether the key is taken is known from the first page. Answers with the milliseconds it took.
   * @throws what a page would: a rate limit, a fault of the server or the network, the notice of a service that is switched off.
   */
  ping(): Promise<{ readonly ms: number }>
  /**
   * The `count` highest ranked assets, page by page, to be landed. The budget is asked with the first page, so that a batch that is landed
   * already costs nothing and is never refused; where it must be spared, the `fewest` are asked for.
   * @param options.count as a parameter or a setting has it
   * @throws `config.invalid` for a count that is not a whole number above 0
   */
  assets(options: { readonly count: Json; readonly fewest?: number; readonly pageSize?: number }): Pages
  /** Prices of one asset in [start, end), epoch milliseconds, to be landed. */
  history(slug: string, options: { readonly interval: HistoryInterval; readonly start: number; readonly end: number }): Pages
}

/**
 * CoinCap v3 (https://pro.coincap.io/api-docs): `Authorization: Bearer`, `/assets`, `/assets/{slug}/history`.
 * Each page is checked after it was landed; a bad one ends as a `source.*` error and the batch is not written.
 */
export function coincap(client: HttpClient, connection: Connection, options: { readonly budget?: Purse } = {}): CoinCap {
  const http = inWordsOfCoinCap(client)
  const { budget } = options
  const tariff = budget?.tariff ?? defaultTariff
  const credits = (bytes: number): number => creditsOf(tariff, bytes)
  const ask = (path: string, query: HttpRequest['query'] = {}): HttpRequest => ({
    service: 'CoinCap',
    url: `${connection.url.replace(/\/+$/, '')}${path}`,
    query,
    readRefusal,
    connection,
  })

  async function* assetPages({
    all,
    fewest,
    pageSize,
  }: {
    readonly all: number
    readonly fewest: number
    readonly pageSize: number
  }): Pages {
    const degraded = (await budget?.admit())?.degraded ?? false
    const count = degraded ? Math.min(all, fewest) : all
    for (let offset = 0; offset < count; offset += pageSize) {
      const limit = Math.min(pageSize, count - offset)
      const { page, text } = await fetchPage(http, 'coincap:v3/assets', ask('/assets', { limit, offset }), credits)
      yield page
      const rows = checkBody('assets', text())
      if (rows === 0 && offset === 0) throw emptyList()
      if (rows < limit) return
    }
  }

  return {
    async ping() {
      const started = performance.now()
      const { connection: _, ...keyless } = ask('/assets', { limit: 1 })
      try {
        const text = await (await http.request(keyless)).text()
        const farewell = readRefusal(200, text)
        if (farewell !== undefined) throw farewell
      } catch (error) {
        if (!sourceErrors.unauthorized.is(error)) throw error
      }
      return { ms: Math.round(performance.now() - started) }
    },

    assets({ count, fewest, pageSize = 100 }) {
      const all = positiveInteger(count, 'number of assets', howToCount)
      return assetPages({ all, fewest: fewest ?? all, pageSize })
    },

    async *history(slug, { interval, start, end }) {
      const path = `/assets/${encodeURIComponent(slug)}/history`
      const { page, text } = await fetchPage(http, 'coincap:v3/history', ask(path, { interval, start, end }), credits)
      yield page
      if (checkBody('history', text()) === 0) throw emptyList()
    },
  }
}

const howToCount =
  'Give a whole number above 0: the parameter of the run, or the setting of the project; "sluice config explain" shows where each setting comes from.'

const emptyList = (): SluiceError =>
  sourceErrors.empty('CoinCap answered with an empty list', {
    next: 'The previous data stays. If it goes on, check the service and the account of the key.',
  })
