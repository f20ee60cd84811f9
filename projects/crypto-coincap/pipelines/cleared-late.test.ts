import { start } from '@sluice/simulator-coincap'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import pipeline from './crypto-data-pipeline.ts'

test('a run that is cleared after retention has taken its neighbours leaves the rollups of its day whole', async () => {
  await using simulator = await start({ seed: 7, now: () => Date.parse('2026-11-20T12:00:00Z') })
  await using world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien],
    connections: { coincap: { url: simulator.url, token: simulator.apiKey } },
    variables: { asset_count: '20', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded: 'warn' } },
  })
  const run = async (tick: string, generation = 1) => {
    const end = Date.parse(tick)
    const { tasks } = await world.run(pipeline, { logicalTime: end, key: `scheduled:${end}`, generation })
    expect(tasks.flatMap(({ task, error }) => (error === null ? [] : [{ task, error }]))).toEqual([])
  }
  const ofDay = () =>
    world.warehouse.pool.query(
      "select instantanes, prix_min, prix_max, prix_somme from crypto_quotidien where crypto_id = 'bitcoin' and jour = '2026-11-02'",
    )
  for (const time of ['10:00', '10:30', '11:00', '11:30']) await run(`2026-11-02T${time}:00Z`)
  const [whole] = await ofDay()
  expect(whole).toMatchObject({ instantanes: 4 })
  await run('2026-11-20T10:00:00Z')
  expect(await world.warehouse.pool.query("select from crypto_temps_reel where date_import = '2026-11-02'")).toEqual([])
  await run('2026-11-02T10:30:00Z', 2)
  expect(await ofDay()).toEqual([whole])
})
