import { randomKey, unreachable, walkAt } from '@sluice/simulator-kit'
import { assetOf, type CatalogueAsset } from './catalogue.ts'

/** Share of a coin's variance that it has in common with the whole market. */
const COMMON = 0.6
/** Deviation of the knots of a walk, as a share of the yearly volatility: prices stay around the catalogue's for ever. */
const SPREAD = 0.4

/** The mood of the whole market, in deviations of one year. */
export function marketAt(seed: number, instant: number): number {
  return walkAt(randomKey(seed, 'market'), instant, 1, SPREAD)
}

/**
 * Dollars for one unit: a pure function of (seed, asset, instant), never zero. `market` is `marketAt(seed, instant)`, passed when already
 * known.
 */
export function priceAt(seed: number, asset: CatalogueAsset, instant: number, market = marketAt(seed, instant)): number {
  return asset.price * Math.exp(logMove(seed, asset, instant, market))
}

function logMove(seed: number, asset: CatalogueAsset, instant: number, market: number): number {
  const key = randomKey(seed, 'price', asset.slug)
  const { behaviour } = asset
  if (typeof behaviour === 'number') {
    const own = walkAt(key, instant, 1, SPREAD)
    return behaviour * (Math.sqrt(COMMON) * market + Math.sqrt(1 - COMMON) * own)
  }
  const premium = walkAt(key, instant, 0.002, 0.0005)
  switch (behaviour) {
    case 'usd':
      return premium
    case 'eur':
      return premium + walkAt(randomKey(seed, 'price', 'eur'), instant, 0.07, 0.03)
    case 'bitcoin':
    case 'ethereum':
    case 'solana': {
      const leader = assetOf(behaviour)
      return leader === undefined ? premium : premium + logMove(seed, leader, instant, market)
    }
    default:
      return unreachable(behaviour)
  }
}
