import { check, dataset, integer, type Sql, sql, text, timestamp } from '@sluice/author'
import { testAttempt, testReading } from '@sluice/author/testing'
import type { SluiceError } from '@sluice/core'
import { firstTick, temporaryLake, writeRows, writeTo } from '@sluice/lake/testing'
import type { Warehouse } from '@sluice/warehouse'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transformCapability } from '../capability/open.ts'

const columns = { id: integer({ notNull: true }), word: text(), seen_at: timestamp() }
const here = dataset('silver.things', { on: 'lake', columns, order: 'seen_at' })
const there = dataset('public.things', { on: 'warehouse', columns, order: 'seen_at' })

let demo: TestWarehouse
let warehouse: Warehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(there)
  warehouse = demo.warehouse
  at = await temporaryLake()
  await warehouse.pool.query(`insert into things values (1, 'a', '2026-11-21 03:30:00.25Z', 1), (2, null, '2026-11-21 02:00:00Z', 1)`)
  const select = `SELECT 1 AS id, 'a' AS word, TIMESTAMPTZ '2026-11-21 03:30:00.25+00' AS seen_at UNION ALL SELECT 2, NULL, TIMESTAMPTZ '2026-11-21 02:00:00+00'`
  await writeRows(at.lake, { write: writeTo('silver.things'), columns, select, count: 2 })
})
afterAll(async () => {
  at.close()
  await demo.close()
})

const noApi = (): never => {
  throw new Error('a check asks no API')
}

/** The same rule in both stores: what they make of it must be the same. */
async function checked(rule: (of: typeof here | typeof there) => Sql, of: { message?: string; next?: string; otherwise?: 'warn' } = {}) {
  const warned: string[] = []
  const found = []
  for (const on of [here, there]) {
    const step = check({ name: 'c', on, rule: rule(on) as Sql<never>, message: of.message ?? 'broken', ...of } as never)
    const log = { ...testAttempt(step).log, warn: (message: string) => void warned.push(message) }
    const attempt = testAttempt(step, { interval: { start: 0, end: firstTick }, log })
    const capability = transformCapability({
      lake: async () => at.lake,
      warehouse: async () => warehouse,
      asking: noApi,
      database: noApi,
      place: { folder: '.', variable: (name) => name },
    })
    found.push(await capability.steps?.check?.(attempt).catch(({ code, message, next }: SluiceError) => ({ code, message, next })))
  }
  expect(found[0]).toEqual(found[1])
  return { found: found[0], warned }
}

test('a rule that holds gives its figures, the same from both stores', async () => {
  const { found } = await checked((of) => sql`select count(*) = 2 as ok, count(*)::integer as rows, max(seen_at) as newest from ${of}`)
  expect(found).toEqual({ ok: true, rows: 2, newest: '2026-11-21T03:30:00.250Z' })
})

test('a figure is one value: a list is its JSON', async () => {
  const { found } = await checked((of) => sql`select true as ok, array_agg(id order by id) as ids from ${of}`)
  expect(found).toEqual({ ok: true, ids: '[1,2]' })
})

test('one that does not hold fails with its message, the figures in their places, and what to do', async () => {
  const { found } = await checked(
    (of) => sql`select count(*) > 1 as ok, count(*)::integer as rows, max(word) as word, null::text as none from ${of.latest}`,
    {
      message: 'only {rows} rows: {word}, {none}',
      next: 'Look there.',
    },
  )
  expect(found).toEqual({ code: 'quality.failed', message: 'only 1 rows: null, null', next: 'Look there.' })
})

test('a null does not hold, and a check that only warns ends well', async () => {
  const { found, warned } = await checked((of) => sql`select null::boolean as ok, 3 as n from ${of} limit 1`, {
    message: 'n is {n}',
    otherwise: 'warn',
  })
  expect(found).toEqual({ ok: false, n: 3 })
  expect(warned).toEqual(['n is 3', 'n is 3'])
})

test.each([
  ['more than one row', (of: typeof here | typeof there) => sql`select true as ok from ${of}`, 'more than one row'],
  ['no row', (of: typeof here | typeof there) => sql`select true as ok from ${of} where false`, 'no row'],
  ['no boolean first', (of: typeof here | typeof there) => sql`select 1 as ok from ${of} limit 1`, 'its first column says'],
  ['the clock', (of: typeof here | typeof there) => sql`select now() is not null as ok from ${of} limit 1`, 'depends on when it runs'],
  [
    'a figure that the message names and the rule does not give',
    (of: typeof here | typeof there) => sql`select false as ok from ${of} limit 1`,
    'does not give the column n',
  ],
])('a rule with %s is refused', async (_, rule, message) => {
  const { found } = await checked(rule, { message: '{n}' })
  expect(found).toMatchObject({ code: 'definition.invalid', message: expect.stringContaining(message) })
})

test('a statement that names what the check does not declare is refused', async () => {
  const reading = testReading([here])
  await expect(warehouse.answer(sql`select 1 from ${there}`, reading)).rejects.toMatchObject({ code: 'definition.invalid' })
})
