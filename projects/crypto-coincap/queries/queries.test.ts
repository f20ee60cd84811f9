import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { cryptoHoraire, cryptoTempsReel } from '../datasets/warehouse.ts'

const fileOf = (...path: readonly string[]): string => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8')

test('each kept query shows what it is named for: by day, by rank, of one asset, and the journal (S0-33, S0-34, S0-35, S0-36, S0-37)', async () => {
  await using world = await testWorld({ project: 'crypto-coincap', timeZone: 'Europe/Paris', datasets: [cryptoTempsReel, cryptoHoraire] })
  const { pool } = world.warehouse
  await pool.query(fileOf('migrations', '0003_views.up.sql'))
  await pool.query(`
    insert into public.crypto_temps_reel (crypto_id, rang, symbole, nom, prix_usd, market_cap_usd, variation_24h_pourcent, timestamp_import, _load_id)
    select 'coin-' || rank, rank, case when rank = 1 then 'BTC' else 'C' || rank end, 'Coin', 100 - rank, 1e9, rank - 6, at, 1
    from generate_series(1, 12) rank, unnest(array['2026-11-19T12:00Z', '2026-11-19T12:30Z', '2026-11-20T12:00Z']::timestamptz[]) at`)
  const rows = async (name: string) =>
    (await pool.query(fileOf('queries', `${name}.sql`).replace(/(?<!:):symbole/, "'BTC'"))) as readonly Readonly<Record<string, unknown>>[]

  const ranks = Array.from({ length: 10 }, (_, at) => at + 1)
  for (const name of ['top10', 'derniers']) expect((await rows(name)).map(({ rang }) => rang)).toEqual(ranks)
  expect((await rows('par_jour')).map(({ nombre, instantanes }) => [Number(nombre), Number(instantanes)])).toEqual([
    [12, 1],
    [12, 2],
  ])
  expect((await rows('historique')).map(({ heure_import }) => heure_import)).toEqual(['13:00:00', '13:30:00', '13:00:00'])
  expect(await rows('journal')).toEqual([])
})
