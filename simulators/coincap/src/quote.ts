import { randomKey, uniformAt, walkAt } from '@sluice/simulator-kit'
import { assetOf, CATALOGUE, type CatalogueAsset } from './catalogue.ts'
import { explorerOf, tokensOf } from './contract.ts'
import { amountText, shortestText } from './double.ts'
import { marketAt, priceAt } from './price.ts'
import { supplyAt } from './supply.ts'

const DAY_MS = 86_400_000
/** Instants of the last day that the average price is made of. */
const SAMPLES = [0, 6, 12, 18, 24].map((hours) => hours * 3_600_000)

/** What does not change with time, printed once. */
const PRINTED = new Map(
  CATALOGUE.map((asset) => [
    asset,
    { maxSupply: asset.maxSupply === null ? null : amountText(asset.maxSupply), explorer: explorerOf(asset), tokens: tokensOf(asset) },
  ]),
)

/** The figures of one asset, as CoinCap prints them: strings, amounts with 18 decimals, changes and averages in their shortest form. */
export interface Quote {
  readonly supply: string
  readonly marketCapUsd: string
  readonly volumeUsd24Hr: string
  readonly priceUsd: string
  readonly changePercent24Hr: string
  /** Null for assets hardly traded. */
  readonly vwap24Hr: string | null
}

/** A row of `/assets`, its keys in CoinCap's order. */
export interface AssetBody extends Quote {
  readonly id: string
  readonly rank: string
  readonly symbol: string
  readonly name: string
  readonly maxSupply: string | null
  readonly explorer: string
  readonly tokens: Readonly<Record<string, readonly string[]>>
}

/**
 * The figures of an asset at an instant (epoch ms), undefined for an unknown slug. Pure: the same for every process and every order of
 * asking. marketCapUsd = priceUsd x supply and changePercent24Hr = (priceUsd / priceUsd a day before - 1) x 100, in doubles; vwap24Hr lies
 * between the lowest and the highest price of the day before.
 */
export function quote(seed: number, slug: string, instant: number): Quote | undefined {
  const asset = assetOf(slug)
  return asset === undefined ? undefined : figuresOf(seed, asset, instant, moods(seed, instant)).quote
}

/** `/assets` at an instant: the `count` largest assets of the catalogue (default all), ranked by market capitalisation at that instant. */
export function assetsAt(seed: number, instant: number, count = CATALOGUE.length): readonly AssetBody[] {
  const market = moods(seed, instant)
  return CATALOGUE.slice(0, count)
    .map((asset) => ({ asset, ...figuresOf(seed, asset, instant, market) }))
    .sort((a, b) => (a.cap === b.cap ? (a.asset.slug < b.asset.slug ? -1 : 1) : a.cap > b.cap ? -1 : 1))
    .map(({ asset, quote: figures }, index) => ({
      id: asset.slug,
      rank: String(index + 1),
      symbol: asset.symbol,
      name: asset.name,
      supply: figures.supply,
      maxSupply: PRINTED.get(asset)?.maxSupply ?? null,
      marketCapUsd: figures.marketCapUsd,
      volumeUsd24Hr: figures.volumeUsd24Hr,
      priceUsd: figures.priceUsd,
      changePercent24Hr: figures.changePercent24Hr,
      vwap24Hr: figures.vwap24Hr,
      explorer: PRINTED.get(asset)?.explorer ?? '',
      tokens: PRINTED.get(asset)?.tokens ?? {},
    }))
}

function moods(seed: number, instant: number): readonly number[] {
  return SAMPLES.map((ago) => marketAt(seed, instant - ago))
}

function figuresOf(seed: number, asset: CatalogueAsset, instant: number, market: readonly number[]): { cap: number; quote: Quote } {
  const prices = SAMPLES.map((ago, index) => priceAt(seed, asset, instant - ago, market[index]))
  const [price = 1] = prices
  const before = prices.at(-1) ?? price
  const change = (price / before - 1) * 100
  const supply = supplyAt(asset, instant)
  const cap = price * supply
  const turnover = turnoverAt(seed, asset, instant, change / 100)
  return {
    cap,
    quote: {
      supply: amountText(supply),
      marketCapUsd: amountText(cap),
      volumeUsd24Hr: amountText(cap * turnover),
      priceUsd: amountText(price),
      changePercent24Hr: shortestText(change),
      vwap24Hr: isThin(asset) ? null : shortestText(averageOf(seed, asset, instant, prices)),
    },
  }
}

/** Weights 1 to 5, drawn for the asset and the hour: a mean of the samples, so inside their bounds. */
function averageOf(seed: number, asset: CatalogueAsset, instant: number, prices: readonly number[]): number {
  const key = randomKey(seed, 'vwap', asset.slug)
  const hour = Math.floor((instant / DAY_MS) * 24)
  const weights = prices.map((_, index) => 1 + Math.floor(5 * uniformAt(key, hour - index * 6)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = prices.reduce((sum, price, index) => sum + price * (weights[index] ?? 1), 0) / total
  return Math.min(Math.max(mean, Math.min(...prices)), Math.max(...prices))
}

/** Share of the market capitalisation traded in a day: a habit of the asset, a slow walk, and more when the price moves. */
function turnoverAt(seed: number, asset: CatalogueAsset, instant: number, change: number): number {
  if (isThin(asset)) return 0.000_02
  const habit = Math.exp(4 * uniformAt(randomKey(0, 'turnover', asset.slug), 0) - 5) * (asset.behaviour === 'usd' ? 3 : 0.6)
  const walk = walkAt(randomKey(seed, 'volume', asset.slug), instant, 2, 0.3)
  return Math.min(habit * Math.exp(walk) * (1 + 6 * Math.abs(change)), 3)
}

/** Assets without an average price: the smallest ones. */
function isThin(asset: CatalogueAsset): boolean {
  return asset.price * asset.supply < 20_000_000
}
