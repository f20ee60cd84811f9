import {
  dataset,
  freshness,
  graded,
  integer,
  matches,
  notNull,
  quality,
  refersTo,
  rowCount,
  sql,
  text,
  timestamp,
  unique,
  violations,
} from '@sluice/author'
import { testAttempt } from '@sluice/author/testing'
import type { SluiceError } from '@sluice/core'
import { firstTick, temporaryLake, writeRows, writeTo } from '@sluice/lake/testing'
import type { Warehouse } from '@sluice/warehouse'
import { type TestWarehouse, testWarehouse } from '@sluice/warehouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transformCapability } from '../capability/open.ts'

const columns = { id: integer({ notNull: true }), word: text({ personal: true }), seen_at: timestamp(), above: integer() }
const here = dataset('silver.things', { on: 'lake', columns, key: ['id'] })
const there = dataset('public.things', { on: 'warehouse', columns, key: ['id'] })

let demo: TestWarehouse
let warehouse: Warehouse
let at: Awaited<ReturnType<typeof temporaryLake>>
beforeAll(async () => {
  demo = await testWarehouse(there)
  warehouse = demo.warehouse
  at = await temporaryLake()
  const rows = `(1, 'a', timestamptz '2026-11-21 03:30:00.25Z', null), (2, null, timestamptz '2026-11-21 02:00:00Z', 1), (3, 'B', null, 7)`
  await warehouse.pool.query(`insert into things select *, 1 from (values ${rows}) as t`)
  const select = `SELECT * FROM (VALUES ${rows}) AS t (id, word, seen_at, above)`
  await writeRows(at.lake, { write: writeTo('silver.things'), columns, select, count: 3 })
})
afterAll(async () => {
  at.close()
  await demo.close()
})

const noApi = (): never => {
  throw new Error('checks ask no API')
}

type On = typeof here | typeof there
type Definition = Omit<Parameters<typeof quality>[0], 'name' | 'on' | 'checks'> & { readonly checks: (on: On) => readonly unknown[] }

/** The same checks in both stores: what they find must be the same. */
async function checked({ checks, ...more }: Definition) {
  const said: unknown[][] = []
  const found = []
  for (const on of [here, there]) {
    const step = quality({ ...more, name: 'q', on: on as typeof here, checks: checks(on) as never })
    const lines: unknown[] = []
    const note = (level: string) => (message: string, facts?: object) => void lines.push([level, message, facts])
    const log = { ...testAttempt(step).log, warn: note('warn'), info: note('info') }
    const attempt = testAttempt(step, { interval: { start: 0, end: firstTick }, log })
    const capability = transformCapability({
      lake: async () => at.lake,
      warehouse: async () => warehouse,
      asking: noApi,
      database: noApi,
      place: { folder: '.', variable: (name) => name },
    })
    const told = ({ code, message, facts }: SluiceError) => ({
      code,
      message: message.replaceAll(on.id, 'things'),
      facts: { ...facts, datasets: undefined },
    })
    found.push(await capability.steps?.quality?.(attempt).catch(told))
    said.push(lines.map((line) => JSON.parse(JSON.stringify(line).replaceAll(on.id, 'things'))))
  }
  expect(found[0]).toEqual(found[1])
  expect(said[0]).toEqual(said[1])
  return { found: found[0], said: said[0] }
}

test('checks that hold give a score and figures, the same from both stores', async () => {
  const { found, said } = await checked({
    checks: () => [unique('id'), rowCount({ min: 3, max: 3 }), graded(notNull('word'), { atMost: '34%' })],
  })
  expect(found).toEqual({
    ok: true,
    rows: 3,
    score: 1,
    passed: 3,
    warned: 0,
    failed: 0,
    figures: { 'unique(id)': 0, 'row_count()': 3, 'not_null(word)': 1 },
  })
  expect(said).toContainEqual([
    'info',
    'not_null(word): word is missing in 1 of 3 rows, and 34% may',
    { status: 'passed', broken: 1, rows: 3, share: 1 / 3, sample: [{ id: 2, word: null }] },
  ])
})

test('checks that fail are named in the error, with rows that show it and no personal value', async () => {
  const { found } = await checked({
    checks: (on) => [
      matches('word', '[a-z]+'),
      refersTo('above', on),
      violations('odd', sql`select id from ${on} where id % 2 = 1`),
      notNull('id'),
      graded(notNull('seen_at'), { severity: 'warning' }),
    ],
  })
  expect(found).toMatchObject({
    code: 'quality.failed',
    message:
      '3 of 5 checks of things failed: matches(word): word does not have the form [a-z]+ in 1 of 3 rows; ' +
      'refers_to(above): the row of things that above names is missing in 1 of 3 rows; odd: the query selects 2 rows of 3',
    facts: { broken: ['matches(word)', 'refers_to(above)', 'odd'], score: 0.2, samples: { 'matches(word)': [{ id: 3, word: '***' }] } },
  })
})

test('what is fresh goes by the logical time, and of no rows no share is broken', async () => {
  const { found } = await checked({
    otherwise: 'warn',
    where: sql`id < 0`,
    checks: () => [freshness('seen_at', '1d'), graded(notNull('word'), { atMost: '0%' })],
  })
  expect(found).toMatchObject({ ok: true, rows: 0, warned: 1, passed: 1 })
  const { said } = await checked({ otherwise: 'warn', checks: () => [freshness('seen_at', '9999d')] })
  expect(said).toMatchObject([['info', 'fresh(seen_at): the newest seen_at is 2026-11-21T03:30:00.250Z, and it may be 9999d old', {}]])
})

test('a condition that reads the clock is refused', async () => {
  const { found } = await checked({ checks: () => [notNull('id')], where: sql`seen_at < now()` })
  expect(found).toMatchObject({ code: 'definition.invalid', message: expect.stringContaining('depends on when it runs') })
})
