import { expect, test } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import { type AssetBody, assetsAt, quote } from './quote.ts'

const SEED = 7
const NOW = Date.UTC(2026, 10, 21, 3, 30)
const DAY = 86_400_000
const market = assetsAt(SEED, NOW)
const find = (slug: string, list = market): AssetBody => {
  const asset = list.find(({ id }) => id === slug)
  if (asset === undefined) throw new Error(`no ${slug}`)
  return asset
}

test('at least 120 assets with unique slugs and an average price missing only for the smallest', () => {
  expect(CATALOGUE.length).toBeGreaterThanOrEqual(120)
  expect(new Set(CATALOGUE.map(({ slug }) => slug)).size).toBe(CATALOGUE.length)
  expect(new Set(CATALOGUE.map(({ symbol }) => symbol)).size).toBe(CATALOGUE.length)
  const thin = market.flatMap((asset, index) => (asset.vwap24Hr === null ? [index] : []))
  expect(thin.length).toBeGreaterThan(0)
  expect(Math.min(...thin)).toBeGreaterThan(100)
})

test('the same seed and instant give the same market, another seed another one', () => {
  expect(assetsAt(SEED, NOW)).toEqual(market)
  expect(find('bitcoin', assetsAt(SEED + 1, NOW)).priceUsd).not.toBe(find('bitcoin').priceUsd)
})

test('a seeded price never changes from one release to the next', () => {
  expect(quote(SEED, 'bitcoin', NOW)).toMatchInlineSnapshot(`
    {
      "changePercent24Hr": "6.016256213423654",
      "marketCapUsd": "1580684192364.581298828125000000",
      "priceUsd": "78583.900294372229836881",
      "supply": "20114606.000000000000000000",
      "volumeUsd24Hr": "167153084304.518218994140625000",
      "vwap24Hr": "76546.53835337107",
    }
  `)
})

test('quote gives the figures of assetsAt, and nothing for an unknown slug', () => {
  for (const asset of market) expect(asset).toMatchObject(quote(SEED, asset.id, NOW) ?? { priceUsd: 'absent' })
  expect(quote(SEED, 'no-such-coin', NOW)).toBeUndefined()
})

test('market capitalisation is price times supply, as doubles multiply', () => {
  for (const { priceUsd, supply, marketCapUsd } of market)
    expect(Math.abs(Number(priceUsd) * Number(supply) - Number(marketCapUsd))).toBeLessThanOrEqual(Number(marketCapUsd) * 1e-9)
})

test('the 24 h change follows from the price of a day before', () => {
  const before = assetsAt(SEED, NOW - DAY)
  for (const { id, priceUsd, changePercent24Hr } of market) {
    const old = Number(find(id, before).priceUsd)
    expect((Number(priceUsd) / old - 1) * 100).toBeCloseTo(Number(changePercent24Hr), 6)
  }
})

test('the average price lies within the prices of the day', () => {
  const hours = Array.from({ length: 25 }, (_, hour) => assetsAt(SEED, NOW - hour * 3_600_000))
  for (const { id, vwap24Hr } of market) {
    if (vwap24Hr === null) continue
    const prices = hours.map((list) => Number(find(id, list).priceUsd))
    expect(Number(vwap24Hr)).toBeGreaterThanOrEqual(Math.min(...prices))
    expect(Number(vwap24Hr)).toBeLessThanOrEqual(Math.max(...prices))
  }
})

test('ranks follow the market capitalisation of the instant', () => {
  for (const instant of [NOW, NOW - 400 * DAY, NOW + 400 * DAY]) {
    const list = assetsAt(SEED, instant)
    expect(list.map(({ rank }) => rank)).toEqual(list.map((_, index) => String(index + 1)))
    for (const [index, asset] of list.slice(1).entries()) {
      expect(Number(asset.marketCapUsd)).toBeLessThanOrEqual(Number(list[index]?.marketCapUsd ?? '0'))
    }
  }
  const order = (instant: number) => assetsAt(SEED, instant).map(({ id }) => id)
  expect(order(NOW)).not.toEqual(order(NOW - 30 * DAY))
})

test('over four years stablecoins stay within 1 % of their unit and no price leaves its magnitude', () => {
  for (let day = 0; day < 4 * 365; day += 29) {
    for (const asset of assetsAt(SEED, NOW - day * DAY)) {
      const entry = CATALOGUE.find(({ slug }) => slug === asset.id)
      const ratio = Number(asset.priceUsd) / (entry?.price ?? Number.NaN)
      expect(Math.abs(Math.log10(ratio))).toBeLessThan(entry?.behaviour === 'usd' ? 0.0043 : 1.2)
      expect(Number(asset.supply)).toBeLessThanOrEqual(Number(asset.maxSupply ?? 'Infinity'))
    }
  }
})

test('most days some assets move by more than 10 %, and bitcoin seldom', () => {
  const days = Array.from({ length: 120 }, (_, day) => assetsAt(SEED, NOW - day * DAY))
  const moved = (asset: AssetBody) => Math.abs(Number(asset.changePercent24Hr)) > 10
  expect(days.filter((list) => list.some(moved)).length).toBeGreaterThan(90)
  expect(days.filter((list) => moved(find('bitcoin', list))).length).toBeLessThan(6)
})

test('wrapped and staked coins follow their leader', () => {
  const move = (slug: string) => Number(find(slug).changePercent24Hr)
  expect(Math.abs(move('wrapped-bitcoin') - move('bitcoin'))).toBeLessThan(0.3)
  expect(Math.abs(move('lido-staked-ether') - move('ethereum'))).toBeLessThan(0.3)
})
