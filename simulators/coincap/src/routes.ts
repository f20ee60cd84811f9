import type { Route, SimulatorReply } from '@sluice/simulator-kit'
import { assetOf, CATALOGUE, type CatalogueAsset } from './catalogue.ts'
import { historyOf, type Interval, planHistory } from './history.ts'
import { marketsAt } from './markets.ts'
import { planPage, selectAssets } from './query.ts'
import { assetsAt } from './quote.ts'
import { problemAt, SHUTDOWN_MESSAGE } from './words.ts'

export interface Market {
  readonly seed: number
  /** How many assets of the catalogue exist. */
  readonly assets: number
  readonly now: () => number
  readonly historyRangeDays: Readonly<Record<Interval, number>>
}

/** The paths of v3, and v2 as it has answered since its shutdown. */
export function coincapRoutes({ seed, assets, now, historyRangeDays }: Market): readonly Route[] {
  const known = new Set(CATALOGUE.slice(0, assets).map(({ slug }) => slug))

  const onAsset = (path: string, answer: (asset: CatalogueAsset, query: URLSearchParams, instant: number) => unknown): Route => ({
    method: 'GET',
    path,
    answer: ({ params, query }): SimulatorReply => {
      const instant = now()
      const { slug = '' } = params
      const asset = known.has(slug) ? assetOf(slug) : undefined
      if (asset === undefined) return problemAt(instant, 404, `${slug} not found`)
      const data = answer(asset, query, instant)
      return typeof data === 'string' ? problemAt(instant, 400, data) : { body: { data, timestamp: instant } }
    },
  })

  return [
    {
      method: 'GET',
      path: '/v3/assets',
      answer: ({ query }) => {
        const instant = now()
        const page = planPage(query)
        if (typeof page === 'string') return problemAt(instant, 400, page)
        const found = selectAssets(assetsAt(seed, instant, assets), query)
        return { body: { data: found.slice(page.offset, page.offset + page.limit), timestamp: instant } }
      },
    },
    onAsset('/v3/assets/:slug', (asset, _, instant) => assetsAt(seed, instant, assets).find(({ id }) => id === asset.slug)),
    onAsset('/v3/assets/:slug/history', (asset, query, instant) => {
      const range = planHistory(query, instant, historyRangeDays)
      return typeof range === 'string' ? range : historyOf(seed, asset, range, instant)
    }),
    onAsset('/v3/assets/:slug/markets', (asset, query, instant) => {
      const page = planPage(query)
      return typeof page === 'string' ? page : marketsAt(seed, asset, instant).slice(page.offset, page.offset + page.limit)
    }),
    {
      method: 'GET',
      path: '/v2/*',
      answer: () => ({ status: 429, body: { data: { message: SHUTDOWN_MESSAGE }, timestamp: now() } }),
    },
  ]
}
