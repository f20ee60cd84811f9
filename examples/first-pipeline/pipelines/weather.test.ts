import { pick, sql } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { published } from '../datasets/readings.ts'
import weather from './weather.ts'

test('two of three readings reach the warehouse, the third is in quarantine', async () => {
  await using world = await testWorld({ datasets: [published] })
  const run = await world.run(weather, { logicalTime: '2026-11-21T04:00:00Z' })
  expect(run.state).toBe('success')
  expect(run.logs.report?.[0]?.message).toBe('2 readings are in the warehouse')
  const rows = await world.rows(pick(published, 'station', 'celsius'), sql`select station, celsius from ${published} order by station`)
  expect(rows).toEqual([
    { station: 'Brest', celsius: 17 },
    { station: 'Lyon', celsius: 21 },
  ])
})
