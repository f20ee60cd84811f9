import { expect, test } from 'vitest'
import { differences } from './compare.ts'
import { killsOf, victims } from './kills.ts'
import type { Snapshot } from './snapshot.ts'

const line = (value: object): string => JSON.stringify(value)
const receipt = (dataset: string, batch: string) => ({
  dataset,
  batch,
  generation: 1,
  status: 'written',
  in: 2,
  written: 2,
  quarantined: 0,
})
const silver = receipt('shop:lake.silver.assets', 's1')
const load = receipt('shop:warehouse.public.prices', 'w1')
const rows = (batch: string) => [line({ id: 'a', _batch: batch }), line({ id: 'b', _batch: batch })]

const sound: Snapshot = {
  warehouse: [line({ id: 'a' }), line({ id: 'b' })],
  loads: [line({ ...load, found: 2 })],
  silver: rows('s1'),
  bronze: ['date=2026-11-01/x.parquet'],
  gold: ['daily_reports/date=2026-11-01/x-g1.manifest.json'],
  ledger: [line(silver), line(load)],
  runs: [line({ key: 'scheduled:1', run: 'success' })],
  copied: [line({ key: 'scheduled:1', state: 'success' })],
  outboxes: [],
}

test('equal worlds differ in nothing', () => {
  expect(differences(sound, structuredClone(sound))).toEqual([])
})

test.each<readonly [string, Partial<Snapshot>, string]>([
  ['a lost row', { warehouse: sound.warehouse.slice(1) }, 'warehouse: 1 missing'],
  ['a row twice', { warehouse: [...sound.warehouse, line({ id: 'b' })] }, 'warehouse: 1 too many'],
  ['a batch twice in silver', { silver: [...rows('s1'), ...rows('s1')] }, 'shop:lake.silver.assets s1: 4 rows there, 2 in the receipt'],
  ['a batch loaded twice', { loads: [...sound.loads, ...sound.loads] }, 'loads: 2 receipts for shop:warehouse.public.prices w1'],
  ['rows that nobody counts', { ledger: [line({ ...silver, in: 3 }), line(load)] }, 'rows in differ from written + quarantined'],
  ['a receipt that the ledger lacks', { ledger: [line(load)] }, 'ledger: 1 missing'],
  ['a second file of a batch in bronze', { bronze: [...sound.bronze, 'date=2026-11-01/y.parquet'] }, 'bronze: 1 too many'],
  ['a report that is lost', { gold: [] }, 'gold: 1 missing'],
  ['a failed run', { runs: [line({ key: 'scheduled:1', run: 'failed' })] }, 'runs: 1 missing'],
  ['a mail that nobody should get', { outboxes: ['alert'] }, 'outboxes: 1 too many'],
])('%s is told', (_, damage, words) => {
  expect(differences(sound, { ...sound, ...damage }).join('\n')).toContain(words)
})

test('a seed gives the same kills again, another seed others, and every victim comes in any ten', () => {
  expect(killsOf(3, 20)).toEqual(killsOf(3, 20))
  expect(killsOf(3, 20)).not.toEqual(killsOf(4, 20))
  expect(new Set(killsOf(3, 10).map(({ victim }) => victim))).toEqual(new Set(victims))
})
