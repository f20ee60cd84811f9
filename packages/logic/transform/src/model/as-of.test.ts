import { dataset, integer, model, sql, text, timestamp } from '@sluice/author'
import { testReading } from '@sluice/author/testing'
import { temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const counts = dataset('silver.counts', { on: 'lake', columns: { coin: text(), seen: integer() }, key: ['coin', 'seen'] })
const days = dataset('silver.days', { on: 'lake', columns: { rows: integer(), until: timestamp() } })
const copies = dataset('silver.copies', { on: 'lake', columns: { coin: text(), seen: integer() } })

const hour = 3_600_000
const writeAt = (name: string, tick: number, generation = 0) => ({
  ...writeTo(name, { generation }),
  batch: `batch ${tick}`,
  logicalTime: tick * hour,
  interval: { start: (tick - 1) * hour, end: tick * hour },
})
async function all(name: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const chunk of at.lake.read(name)) rows.push(...chunk)
  return rows.map(({ _batch, ...row }) => row)
}

async function count(tick: number, seen: number, generation = 0) {
  const one = model({ into: counts, refresh: 'batch', query: () => sql`select 'btc' as coin, ${seen} as seen` })
  return await runModel({ model: one, write: writeAt('silver.counts', tick, generation), reading: testReading([counts]), lake: at.lake })
}
const reading = (tick: number) => ({ ...testReading([counts, days, copies]), interval: { start: (tick - 1) * hour, end: tick * hour } })

test('a full refresh of an older run shows what the newest run shows, also when a source was corrected', async () => {
  const summary = model({
    into: days,
    from: { counts },
    refresh: 'full',
    query: ({ counts }, { interval }) => sql`select count(*)::integer as rows, ${interval.end} as until from ${counts}`,
  })
  const run = (tick: number, generation = 0) =>
    runModel({ model: summary, write: writeAt('silver.days', tick, generation), reading: reading(tick), lake: at.lake })
  await count(1, 10)
  await run(1)
  await count(3, 30)
  await run(3)
  const newest = [{ rows: 2, until: '1970-01-01T03:00:00.000Z' }]
  expect(await all('silver.days')).toEqual(newest)
  expect(await run(1, 1)).toMatchObject({ asOf: 3 * hour, rowsWritten: 1 })
  expect(await all('silver.days')).toEqual(newest)
  await count(2, 20)
  await run(2)
  expect(await all('silver.days')).toEqual([{ rows: 3, until: '1970-01-01T03:00:00.000Z' }])
})

test('a full refresh of an older run that reads batches at hand is refused, and says what to clear', async () => {
  const copy = model({
    into: copies,
    from: { counts },
    refresh: 'full',
    query: ({ counts }) => sql`select coin, seen from ${counts.batch}`,
  })
  const run = async (tick: number, generation = 0) =>
    await runModel({ model: copy, write: writeAt('silver.copies', tick, generation), reading: reading(tick), lake: at.lake })
  await count(1, 10)
  await run(2)
  await expect(run(1)).rejects.toMatchObject({
    code: 'lake.overtaken',
    message: expect.stringContaining('would replace all of it with older rows'),
    next: expect.stringContaining('Clear the newest run'),
  })
})

test('the batch of a model that reads datasets as they stand is as of the newest batch that it has seen', async () => {
  const copy = model({
    into: copies,
    from: { counts },
    refresh: 'batch',
    query: ({ counts }) => sql`select coin, seen from ${counts} where coin in (select coin from ${counts.batch})`,
  })
  const run = async (tick: number, generation = 0) =>
    await runModel({ model: copy, write: writeAt('silver.copies', tick, generation), reading: reading(tick), lake: at.lake })
  await count(1, 10)
  expect(await run(1)).toMatchObject({ asOf: hour })
  await count(5, 50)
  await count(2, 20)
  expect(await run(1, 1)).toMatchObject({ asOf: 5 * hour })
  expect(await count(6, 60)).not.toHaveProperty('asOf')
})
