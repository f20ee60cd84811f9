import { bigint, date, integer, sql, text } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { days, perDay, perShop, published } from './datasets/sales.ts'
import pipeline from './pipelines/sales.ts'

test('each run brings what models keep up to date, and a view shows what is there', async () => {
  await using world = await testWorld({ datasets: [published] })
  const run = async (hour: number, ...sales: readonly (readonly [sale: string, shop: string, day: string, cents: number])[]) => {
    const logicalTime = `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`
    const params = { sales: sales.map(([sale, shop, day, cents]) => ({ sale, shop, day, cents })) }
    const run = await world.run(pipeline, { logicalTime, key: `scheduled:${Date.parse(logicalTime)}`, params })
    const made = (await world.lake.receipts('silver.sales_days')).at(-1)
    expect(run.tasks.flatMap(({ state, error }) => (state === 'success' ? [] : [[state, error?.message]]))).toEqual([])
    return made?.rowsWritten
  }
  expect(await run(9, ['1', 'north', '2026-11-19', 300], ['2', 'north', '2026-11-19', 200], ['3', 'south', '2026-11-20', 100])).toBe(2)
  // Sale 2 was of another day: both are made anew, and the 20th is not.
  expect(await run(10, ['2', 'north', '2026-11-18', 900])).toBe(2)
  expect(await world.rows({ day: date(), cents: bigint() }, sql`select day, cents from ${days} order by day`)).toEqual([
    { day: '2026-11-18', cents: 900 },
    { day: '2026-11-19', cents: 300 },
    { day: '2026-11-20', cents: 100 },
  ])
  expect(await world.rows({ shop: text(), cents: bigint() }, sql`select shop, cents from ${perDay} order by shop, day`)).toEqual([
    { shop: 'north', cents: 900 },
    { shop: 'north', cents: 300 },
    { shop: 'south', cents: 100 },
  ])
  expect(
    await world.rows(
      { shop: text(), days: integer(), best_cents: bigint() },
      sql`select shop, days, best_cents from ${perShop} order by shop`,
    ),
  ).toEqual([
    { shop: 'north', days: 2, best_cents: 900 },
    { shop: 'south', days: 1, best_cents: 100 },
  ])
})
