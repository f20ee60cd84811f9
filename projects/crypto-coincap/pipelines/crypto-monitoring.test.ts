import { type CoincapSimulator, start } from '@sluice/simulator-coincap'
import { integer, pick, sql } from 'sluice'
import { letterOf, testWorld, type World } from 'sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cryptoAnomalies, cryptoHoraire, cryptoQuotidien, cryptoTempsReel, monitoringStats } from '../datasets/warehouse.ts'
import { coincapBudget } from '../fixtures/coincap-budget.ts'
import data from './crypto-data-pipeline.ts'
import monitoring from './crypto-monitoring.ts'

const noon = Date.parse('2026-11-20T12:00:00Z')
/** The simulator's: its market stands still unless a test moves it. */
let clock = noon
let simulator: CoincapSimulator
let world: World

beforeAll(async () => {
  simulator = await start({ seed: 7, now: () => clock })
  world = await testWorld({
    project: 'crypto-coincap',
    timeZone: 'Europe/Paris',
    datasets: [cryptoTempsReel, cryptoHoraire, cryptoQuotidien, cryptoAnomalies, monitoringStats],
    connections: { coincap: { url: simulator.url, token: simulator.apiKey } },
    variables: { asset_count: '120', mail_to: 'equipe@example.org' },
    budgets: { coincap: { ...coincapBudget, onExceeded: 'warn' } },
  })
})
afterAll(async () => {
  await world.close()
  await simulator.close()
})

const at = (minutes: number) => ({ logicalTime: noon + minutes * 60_000, key: `scheduled:${noon + minutes * 60_000}` }) as const
const alerts = async () => (await world.notifications()).filter(({ subject }) => subject.startsWith('Alerte'))
const counted = { count: integer({ notNull: true }) }
const stateOf = (run: Awaited<ReturnType<World['run']>>, name: string) => run.tasks.find(({ task }) => task === name)?.state

test('without a snapshot the check fails and says what to run first', async () => {
  const run = await world.run(monitoring, at(-60))
  expect(run.tasks.find(({ task }) => task === 'check_top_10_cryptos')?.error).toMatchObject({
    code: 'quality.failed',
    next: expect.stringContaining('crypto_data_pipeline'),
  })
  expect(await alerts()).toEqual([])
})

test('what stands out is found by the rule in force and mailed once', async () => {
  const imported = await world.run(data, at(0))
  expect(imported.tasks.flatMap(({ error }) => error ?? [])).toEqual([])
  const [expected] = await world.rows(
    counted,
    sql`select count(*)::integer as count from ${cryptoTempsReel} where abs(variation_24h_pourcent) > 10 or volume_24h_usd > 100000000000`,
  )
  const run = await world.run(monitoring, at(30))
  expect(run.state).toBe('success')
  const found = await world.rows(
    pick(cryptoAnomalies, 'symbole', 'regle', 'valeur', 'seuil', 'severite', 'version_regle'),
    sql`select symbole, regle, valeur, seuil, severite, version_regle from ${cryptoAnomalies}`,
  )
  expect(found).toHaveLength(expected?.count ?? -1)
  expect(found.length).toBeGreaterThan(0)
  for (const { regle, valeur, seuil, severite, version_regle } of found) {
    expect(Math.abs(Number(valeur))).toBeGreaterThan(Number(seuil))
    expect([severite, Number(seuil), version_regle]).toEqual(['warning', regle === 'volume' ? 100_000_000_000 : 10, 1])
  }
  expect(found.filter(({ regle }) => regle === 'volume').map(({ symbole }) => symbole)).toEqual(['BTC'])
  expect(await alerts()).toHaveLength(1)
  // The market moves as a whole: the heaviest are named, the others counted.
  const [alert] = await alerts()
  expect(alert?.text.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(6)
  expect(alert?.text).toContain(`Et ${found.length - 6} autres dans le même sens.`)
  expect(alert?.subject).toMatch(new RegExp(`: ${found.length - 1} cryptomonnaies au-delà de 10\\s% - 20 nov\\.`))
  const figures = pick(monitoringStats, 'records_count', 'anomalies_detected')
  expect(await world.rows(figures, sql`select records_count, anomalies_detected from ${monitoringStats}`)).toEqual([
    { records_count: 120, anomalies_detected: found.length },
  ])
})

test('looking at the same snapshot again finds nothing new and mails nothing', async () => {
  const run = await world.run(monitoring, at(90))
  expect(stateOf(run, 'send_alert_if_needed')).toBe('skipped')
  expect(run.state).toBe('success')
  expect(await alerts()).toHaveLength(1)
})

test('the same asset and rule in the next snapshot is recorded, and stays quiet for some hours', async () => {
  await world.run(data, at(120))
  const run = await world.run(monitoring, at(150))
  expect(stateOf(run, 'send_alert_if_needed')).toBe('skipped')
  const [snapshots] = await world.rows(counted, sql`select count(distinct snapshot)::integer as count from ${cryptoAnomalies}`)
  expect(snapshots?.count).toBe(2)
  await world.run(data, at(9 * 60))
  expect(stateOf(await world.run(monitoring, at(9 * 60 + 30)), 'send_alert_if_needed')).toBe('success')
  expect(await alerts()).toHaveLength(2)
})

test('clearing the check changes neither the anomalies nor the mails', async () => {
  const found = pick(cryptoAnomalies, 'crypto_id', 'snapshot', 'regle', 'valeur', 'detecte_a')
  const all = () => world.rows(found, sql`select crypto_id, snapshot, regle, valeur, detecte_a from ${cryptoAnomalies} order by 1, 2, 3`)
  const before = await all()
  const run = await world.run(monitoring, { ...at(9 * 60 + 30), generation: 2 })
  expect(run.state).toBe('success')
  expect(await all()).toEqual(before)
  expect(await alerts()).toHaveLength(2)
})

test('what becomes critical is told again within the quiet hours, with the threshold that it passed; the others stay quiet', async () => {
  const hours = async (since: number): Promise<string> => {
    clock = noon + since * 3_600_000
    await world.run(data, at(since * 60))
    const run = await world.run(monitoring, at(since * 60 + 30))
    expect(run.state).toBe('success')
    return (await alerts()).at(-1)?.text ?? ''
  }
  const warned = await hours(64)
  expect(warned).toMatch(/Le marché chute.: 30 cryptomonnaies/)
  expect(warned).toMatch(/- alerte, BTC .*seuil 100/)
  const escalated = await hours(65)
  expect(escalated).toMatch(/- critique, BONK \(.*seuil ±20\s%/)
  expect(escalated).not.toContain('BTC')
})

test('the mails of alerts are as they were looked at', async () => {
  const mails = await alerts()
  expect(mails.map(({ subject }) => subject)).toMatchInlineSnapshot(`
    [
      "Alerte Crypto - le marché s’envole : 32 cryptomonnaies au-delà de 10 % - 20 nov., 13:00 (Paris)",
      "Alerte Crypto - le marché s’envole : 32 cryptomonnaies au-delà de 10 % - 20 nov., 22:00 (Paris)",
      "Alerte Crypto - le marché chute : 30 cryptomonnaies au-delà de 10 % - 23 nov., 05:00 (Paris)",
      "Alerte Crypto - 1 anomalie, dont 1 critique - 23 nov., 06:00 (Paris)",
    ]
  `)
  // The second is the first again, after the quiet hours.
  for (const at of [0, 2, 3]) {
    await expect(letterOf(mails[at]?.html ?? '')).toMatchFileSnapshot(`../fixtures/mails/alert-${at + 1}.html`)
    await expect(mails[at]?.text).toMatchFileSnapshot(`../fixtures/mails/alert-${at + 1}.txt`)
  }
})
