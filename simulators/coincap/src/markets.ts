import { randomKey, uniformAt } from '@sluice/simulator-kit'
import type { CatalogueAsset } from './catalogue.ts'
import { amountText, shortestText } from './double.ts'
import { priceAt } from './price.ts'
import { quote } from './quote.ts'

const EXCHANGES = ['Binance', 'Coinbase Exchange', 'Bybit', 'OKX', 'Kraken', 'Gate', 'KuCoin', 'Bitstamp'] as const

export interface MarketBody {
  readonly exchangeId: string
  readonly baseId: string
  readonly quoteId: string
  readonly baseSymbol: string
  readonly quoteSymbol: string
  readonly volumeUsd24Hr: string
  readonly priceUsd: string
  readonly volumePercent: string
}

/** One pair per exchange against tether, the largest first: prices within 0.1 % of the asset's, volumes that share out its volume. */
export function marketsAt(seed: number, asset: CatalogueAsset, instant: number): readonly MarketBody[] {
  const key = randomKey(seed, 'market share', asset.slug)
  const weights = EXCHANGES.map((_, index) => (1 + uniformAt(key, index)) / (index + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const price = priceAt(seed, asset, instant)
  const volume = Number(quote(seed, asset.slug, instant)?.volumeUsd24Hr ?? '0')
  return EXCHANGES.map((exchange, index) => {
    const share = (weights[index] ?? 0) / total
    return { exchange, share, price: price * (0.999 + 0.002 * uniformAt(key, 100 + index)) }
  })
    .sort((a, b) => (a.share > b.share ? -1 : 1))
    .map((pair) => ({
      exchangeId: pair.exchange,
      baseId: asset.slug,
      quoteId: 'tether',
      baseSymbol: asset.symbol,
      quoteSymbol: 'USDT',
      volumeUsd24Hr: amountText(volume * pair.share),
      priceUsd: amountText(pair.price),
      volumePercent: shortestText(pair.share * 100),
    }))
}
