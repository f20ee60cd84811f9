import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pick, sql } from 'sluice'
import { testWorld, type World } from 'sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import pipeline from './crypto-data-pipeline.ts'

/** Figures as v3 wrote them in December 2025: the shortest text of a floating point number. Two coins near zero stand at the end. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/coincap-v3-assets.json'), 'utf8')) as {
  readonly timestamp: number
  readonly data: readonly Readonly<Record<string, unknown>>[]
}

let served: string
let server: Server
let world: World
beforeAll(async () => {
  server = createServer((request, response) => {
    const limit = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('limit'))
    const body = limit === 1 ? JSON.stringify({ ...recorded, data: recorded.data.slice(0, 1) }) : served
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
    connections: { coincap: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'key' } },
    variables: { asset_count: '100', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded: 'warn' } },
  })
})
afterAll(async () => {
  await world.close()
  server.close()
})

let hours = 0
async function run(body: string) {
  served = body
  const end = Date.parse('2026-11-20T12:00:00Z') + hours++ * 3_600_000
  const { state, tasks } = await world.run(pipeline, { logicalTime: end, key: `scheduled:${end}` })
  const rows = await world.rows(
    pick(cryptoTempsReel, 'crypto_id', 'prix_usd', 'variation_24h_pourcent', 'vwap_24h', 'market_cap_usd'),
    sql`select crypto_id, prix_usd, variation_24h_pourcent, vwap_24h, market_cap_usd from ${cryptoTempsReel}
      where timestamp_import = ${new Date(end).toISOString()}::timestamptz order by rang`,
  )
  return {
    state,
    rows: new Map(rows.map((row) => [row.crypto_id, row])),
    silver: tasks.find(({ task }) => task === 'silver.assets')?.receipts[0],
  }
}

test('a recorded body of v3 passes whole: what has more decimals than a column is rounded, and the receipt says how often', async () => {
  const { state, rows, silver } = await run(JSON.stringify(recorded))
  expect(silver).toMatchObject({ rowsIn: 15, rowsWritten: 15, rowsQuarantined: 0 })
  expect(silver?.adjusted).toEqual({ 'rounded(variation_24h_pourcent)': 1, 'rounded(vwap_24h)': 2 })
  expect(state).toBe('success')
  expect(rows.get('bitcoin')).toMatchObject({ prix_usd: '87711.199999999997089617', vwap_24h: '88305.902624681170000000' })
  expect(rows.get('tether')).toMatchObject({ variation_24h_pourcent: '-0.001000200040007892' })
  expect(rows.get('shiba-inu')).toMatchObject({ vwap_24h: '0.000008412345678901' })
  expect(rows.get('pepe')).toMatchObject({ prix_usd: '0.000000841000000000', vwap_24h: '0.000000841234567890' })
})

test('assets with odd fields do not cost the page: a figure that is none is null, and only what has no price is refused', async () => {
  const odd: Readonly<Record<string, object>> = {
    'coin-5': { marketCapUsd: 'n/a' },
    'coin-6': { supply: undefined },
    'coin-7': { volumeUsd24Hr: 790967708.4321549, vwap24Hr: 2.0123456789012346 },
    'coin-8': { priceUsd: 'n/a' },
    'coin-9': { name: 'a\0b' },
    pepe: { vwap24Hr: '1e40' },
  }
  // So many sound ones beside them that the refused are not a large part of the snapshot, which would fail.
  const sound = recorded.data.find(({ id }) => id === 'coin-5')
  const others = Array.from({ length: 40 }, (_, at) => ({ ...sound, id: `other-${at}`, rank: String(at + 16) }))
  const data = [...recorded.data.map((asset) => ({ ...asset, ...odd[String(asset.id)] })), ...others]
  const { rows, silver } = await run(`${JSON.stringify({ ...recorded, data }).slice(0, -2)},"just a text",{"id":"\\ud800"}]}`)
  expect(silver).toMatchObject({ rowsIn: 57, rowsWritten: 53, rowsQuarantined: 4 })
  expect(silver?.adjusted).toEqual({
    'rounded(variation_24h_pourcent)': 1,
    'rounded(vwap_24h)': 1,
    'type(market_cap_usd)': 1,
    'range(vwap_24h)': 1,
  })
  expect(rows.get('coin-5')).toMatchObject({ market_cap_usd: null, prix_usd: '2.000000000000000000' })
  expect(rows.get('coin-7')).toMatchObject({ vwap_24h: '2.012345678901234600' })
  const refused = await Array.fromAsync(world.lake.read('silver.assets__quarantine'))
  expect(
    refused
      .flat()
      .map(({ rule }) => rule)
      .toSorted(),
  ).toEqual(['characters(crypto_id)', 'characters(nom)', 'type($.data[*])', 'type(prix_usd)'])
})
