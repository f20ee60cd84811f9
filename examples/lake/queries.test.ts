import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { testWorld } from 'sluice/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import archive from './pipelines/archive.ts'

let world: Awaited<ReturnType<typeof testWorld>>
beforeAll(async () => {
  world = await testWorld({ project: 'lake-example' })
  for (const day of ['2026-11-20', '2026-11-21']) {
    const run = await world.run(archive, { key: `manual:${day}`, logicalTime: `${day}T06:00:00Z` })
    expect(run.state).toBe('success')
  }
})
afterAll(() => world.close())

const query = async (name: string) => {
  const rows = []
  for await (const chunk of world.lake.sql(readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8'))) rows.push(...chunk)
  return rows
}

test('the queries of the guide give what it says', async () => {
  expect(await query('by-station')).toEqual([
    { station: 'Brest', coldest: 17, readings: 2 },
    { station: 'Lyon', coldest: 21, readings: 2 },
  ])
  expect(await query('since-version')).toEqual([
    { station: 'Brest', read_at: '2026-11-21T06:00:00.000Z' },
    { station: 'Lyon', read_at: '2026-11-21T06:00:00.000Z' },
  ])
  expect(await query('bronze')).toEqual([
    { day: '2026-11-20', answers: 1 },
    { day: '2026-11-21', answers: 1 },
  ])
})

test('each run left an export that is whole, and a broken one is found', async () => {
  expect(await world.lake.verify('gold.readings')).toMatchObject([
    { rows: 2, problems: [] },
    { rows: 4, problems: [] },
  ])
  expect(await world.lake.restoreExport('gold.totals', { into: 'silver.totals' })).toMatchObject({ rows: 2 })
  const [file = ''] = globSync(`${world.lake.storage.locate('lake-example/gold/totals')}/**/*.csv`).sort((a, b) => (a < b ? -1 : 1))
  writeFileSync(file, `${readFileSync(file, 'utf8')}Nice,1\n`)
  expect(await world.lake.verify('gold.totals')).toMatchObject([
    { problems: [expect.stringContaining('bytes in place of')] },
    { problems: [] },
  ])
})
