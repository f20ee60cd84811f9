import { dataset, date, integer, text, timestamp } from '@sluice/author'
import { type BatchWrite, batchId, manualRunKey } from '@sluice/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Warehouse } from '../index.ts'
import { type TestWarehouse, testWarehouse } from '../testing/index.ts'
import { planRetain } from './retain.ts'

const events = dataset('public.events', {
  on: 'warehouse',
  columns: { id: integer(), at: timestamp(), day: date(), word: text() },
  key: ['id'],
})

let demo: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  demo = await testWarehouse(events)
  warehouse = demo.warehouse
})
beforeEach(async () => {
  await warehouse.pool.query('truncate events, sluice_loads cascade')
  await warehouse.pool.query(`insert into events (id, at, day, _load_id) values
    (1, '2026-01-09 22:59:59.999999Z', '2026-01-08', 0), (2, '2026-01-09 23:00:00Z', '2026-01-09', 0), (3, '2026-01-20Z', '2026-01-10', 0), (4, null, null, 0)`)
})
afterAll(() => demo.close())

const writeOf = (generation = 0): BatchWrite => {
  const identity = {
    project: 'demo',
    pipeline: 'p',
    task: 'clean',
    mapKey: null,
    dataset: 'demo:warehouse.public.events',
    write: 'retain.at',
  }
  return {
    ...identity,
    run: 'r',
    attempt: 1,
    batch: batchId({ ...identity, runKey: manualRunKey('r') }),
    generation,
    logicalTime: 0,
    inputs: [],
  }
}
/** Midnight of 10 January in Paris. */
const before = Date.parse('2026-01-09T23:00:00Z')
const clean = (column: string, generation = 0) =>
  warehouse.retain({ write: writeOf(generation), table: events, column, before, timeZone: 'Europe/Paris' })
const ids = async () => (await warehouse.pool.query<{ id: number }>('select id from events order by id')).map(({ id }) => id)

test('rows before the instant go, those at it and those without one stay', async () => {
  expect(await clean('at')).toMatchObject({
    mode: 'retain',
    rowsIn: 0,
    rowsWritten: 0,
    rowsDeleted: 1,
    reason: 'deleted 1 row with at before 2026-01-09T23:00:00.000Z',
    replayed: false,
  })
  expect(await ids()).toEqual([2, 3, 4])
})

test('a date goes once its whole day in the zone of the project lies before', async () => {
  expect(await clean('day')).toMatchObject({ rowsDeleted: 2, reason: 'deleted 2 rows with day before 2026-01-10' })
  expect(await ids()).toEqual([3, 4])
})

test('called again it deletes nothing more and answers as the first time; a raised generation looks again', async () => {
  const first = await clean('at')
  await warehouse.pool.query(`insert into events (id, at, _load_id) values (5, '2020-01-01Z', 0)`)
  expect(await clean('at')).toEqual({ ...first, replayed: true })
  expect(await ids()).toEqual([2, 3, 4, 5])
  expect(await clean('at', 1)).toMatchObject({ rowsDeleted: 1, replayed: false })
  expect(await ids()).toEqual([2, 3, 4])
  await expect(clean('at', 0)).resolves.toMatchObject({ rowsDeleted: 1, replayed: true })
})

test('two at once delete once, and both answer alike', async () => {
  const both = await Promise.all([clean('at'), clean('at')])
  expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true])
  expect(both.map(({ rowsDeleted }) => rowsDeleted)).toEqual([1, 1])
})

test('an aborted retention deletes nothing and leaves no receipt', async () => {
  const signal = AbortSignal.abort(new Error('stop'))
  const request = { write: writeOf(), table: events, column: 'at', before, timeZone: 'UTC', signal }
  await expect(warehouse.retain(request)).rejects.toThrow('stop')
  expect(await ids()).toEqual([1, 2, 3, 4])
  expect(await warehouse.receipts()).toEqual([])
})

test.each([
  ['word', '"word" is text, neither a timestamp nor a date'],
  ['nope', 'it has no column "nope"'],
  ['constructor', 'it has no column "constructor"'],
])('a column that says no age (%s) is refused', (column, message) => {
  expect(() => planRetain({ table: events, column, before, timeZone: 'UTC' })).toThrow(message)
})
