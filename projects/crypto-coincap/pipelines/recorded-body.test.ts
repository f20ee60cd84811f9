import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { recordedAssets } from '@sluice/simulator-coincap/testing/recorded'
import { testWorld } from '@sluice/testing'
import { decimal, sql, text } from 'sluice'
import { expect, onTestFinished, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import pipeline from './crypto-data-pipeline.ts'

const [bitcoin, ethereum, tether, bnb] = recordedAssets.data
const fillers = Array.from({ length: 8 }, (_, at) => ({ ...bnb, id: `coin-${at}`, symbol: `C${at}`, rank: String(5 + at) }))

/** A service that answers with these assets, cut to what is asked for. */
async function answering(assets: readonly object[]): Promise<string> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams
    const start = Number(query.get('offset') ?? 0)
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify({ timestamp: recordedAssets.timestamp, data: assets.slice(start, start + Number(query.get('limit'))) }))
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a recorded body of v3 reaches the warehouse whole: amounts digit for digit, changes rounded at the 18th decimal, a stablecoin among the ten', async () => {
  const stable = { ...tether, changePercent24Hr: '-0.0010002000400078915', vwap24Hr: '8.412345678901234e-7' }
  const world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
    connections: { coincap: { url: await answering([bitcoin, ethereum, stable, bnb, ...fillers]), token: 'key' } },
    variables: { asset_count: '12', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded: 'warn' } },
  })
  onTestFinished(() => world.close())
  const result = await world.run(pipeline, { logicalTime: Date.parse('2026-11-20T12:00:00Z') })
  expect(result.tasks.flatMap(({ error }) => (error === null ? [] : [error.message]))).toEqual([])
  expect(result.state).toBe('success')
  const exact = decimal(38, 18)
  const rows = await world.rows(
    { crypto_id: text(), supply_circulant: exact, market_cap_usd: exact, prix_usd: exact, variation_24h_pourcent: exact, vwap_24h: exact },
    sql`select crypto_id, supply_circulant, market_cap_usd, prix_usd, variation_24h_pourcent, vwap_24h from ${cryptoTempsReel}
      where rang <= 3 order by rang`,
  )
  expect(rows).toEqual([
    {
      crypto_id: 'bitcoin',
      supply_circulant: bitcoin.supply,
      market_cap_usd: bitcoin.marketCapUsd,
      prix_usd: bitcoin.priceUsd,
      variation_24h_pourcent: '-2.441053613307708800',
      vwap_24h: '88305.902624681170000000',
    },
    {
      crypto_id: 'ethereum',
      supply_circulant: ethereum.supply,
      market_cap_usd: ethereum.marketCapUsd,
      prix_usd: ethereum.priceUsd,
      variation_24h_pourcent: '-3.768657265601617000',
      vwap_24h: '2993.949746721640600000',
    },
    {
      crypto_id: 'tether',
      supply_circulant: tether.supply,
      market_cap_usd: tether.marketCapUsd,
      prix_usd: tether.priceUsd,
      variation_24h_pourcent: '-0.001000200040007892',
      vwap_24h: '0.000000841234567890',
    },
  ])
})
