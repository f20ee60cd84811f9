import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Columns,
  dataset,
  date,
  decimal,
  double,
  integer,
  jsonb,
  type Model,
  model,
  type Pages,
  type RowCheck,
  raw,
  rawSql,
  sql,
  text,
  timestamp,
  unique,
  within,
} from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import type { DatasetRef } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import { firstTick, page, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

type Lake = Awaited<ReturnType<typeof temporaryLake>>['lake']
const landed = dataset('bronze.lines', { on: 'lake', bodies: raw() })

const modelOf = (columns: Columns, query: string, checks: readonly RowCheck[] = []): Model =>
  model({
    into: dataset('silver.rows', { on: 'lake', columns, checks: checks as never }),
    refresh: 'batch',
    query: () => sql`${rawSql(query)}`,
  }) as unknown as Model
const run = (definition: Model, generation = 0, lake: Lake = at.lake) =>
  runModel({ model: definition, write: writeTo(definition.name, { generation }), reading: testReading([]), lake })
async function all(dataset: string, lake: Lake = at.lake): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const chunk of lake.read(dataset)) rows.push(...chunk)
  return rows
}
const broken = async (lake: Lake = at.lake) =>
  (await all('silver.rows__quarantine', lake)).map(({ row_number, rule }) => [row_number, rule]).sort(byText)
const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1)
const values = (rows: readonly string[], columns: string) => `select * from (values ${rows.join(', ')}) v(${columns})`

test('columns that the query lacks and columns that are not declared are named', async () => {
  await expect(run(modelOf({ a: text(), b: integer(), c: date() }, 'select 1 as b, 2 as x, 3 as y'))).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { missing: ['a', 'c'], extra: ['x', 'y'] },
  })
})

test('a type without a strict cast is refused with the two types', async () => {
  await expect(run(modelOf({ at: timestamp() }, 'select 1700000000000 as at'))).rejects.toMatchObject({
    code: 'definition.invalid',
    message: 'model silver.rows: column at is declared timestamp, the query gives BIGINT',
  })
  await expect(run(modelOf({ a: text() }, 'select [1] as a'))).rejects.toMatchObject({ code: 'definition.invalid' })
})

test('SQL that does not run is the definition, with the place that DuckDB names', async () => {
  await expect(run(modelOf({ a: text() }, 'select nope as a'))).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { model: 'silver.rows' },
  })
})

test.each([
  ['select 1 as a,\n  current_date as b', 'current_date', 2, 3],
  ['select NOW() as a', 'now', 1, 8],
  ['select \'now()\' as a, /* now() */ "now" -- now()\n, random () as b from (select 1 as "now")', 'random', 2, 3],
  ['select gen_random_uuid() as a', 'gen_random_uuid', 1, 8],
])('a model that reads the clock or chance is refused with the place: %s', async (query, word, line, column) => {
  await expect(run(modelOf({ a: text(), b: text() }, query))).rejects.toMatchObject({
    code: 'definition.invalid',
    facts: { word, line, column },
  })
})

test('a column called now, and the words in strings and comments, are not a clock', async () => {
  const query = "select v.now as a, 'today()' as b from (select 'x' as now) v -- current_date"
  await expect(run(modelOf({ a: text(), b: text() }, query))).resolves.toMatchObject({ rowsWritten: 1 })
})

test('a model of the warehouse is never run on the lake', async () => {
  const into = dataset('public.x', { on: 'warehouse', columns: { a: text() } })
  const definition = model({ into, refresh: 'full', query: () => sql`select 1` })
  await expect(run(definition as unknown as Model)).rejects.toMatchObject({
    code: 'bug.unreachable',
    facts: { into: 'warehouse.public.x' },
  })
})

test('each broken rule is recorded once a row, the first in order, with what the row was', async () => {
  const columns = {
    id: integer({ notNull: true }),
    price: decimal(10, 2),
    kind: text({ max: 3, oneOf: ['a', 'b'] }),
    at: timestamp(),
    w: double(),
    extra: jsonb(),
    day: date(),
  }
  const rows = [
    `('1', '1.50', 'a', '2026-01-01T00:00:00Z', '1', '{}', '2026-01-01')`,
    `('1', '2.50', 'a', '2026-01-01', '1e400', '{}', '2026-01-01')`,
    `('x', '1.239', 'b', null, null, null, null)`,
    `('2', '1.239', 'b', null, null, null, null)`,
    `('3', '1e40', 'b', null, null, null, null)`,
    `('4', 'NaN', 'b', null, null, null, null)`,
    `('5', 'cheap', 'b', null, null, null, null)`,
    `('6', '1', 'long', null, null, null, null)`,
    `(null, '1', 'b', null, null, null, null)`,
    `('7', '-0.01', 'b', null, null, null, null)`,
    `('8', '1', 'c', null, null, null, null)`,
    `('9', '1', 'b', 'infinity', null, null, null)`,
    `('10', '1', 'b', null, null, '{oops', null)`,
    `('11', '1', 'b', null, null, null, '2026-01-01 10:00:00')`,
    `('1', '3', 'b', null, null, null, null)`,
    `('12', '100.005', 'b', null, null, null, null)`,
    `('13', '100.01', 'b', null, null, null, null)`,
  ]
  const checks = [unique('id'), within('price', { min: '0', max: '100.005' })]
  const receipt = await run(modelOf(columns, values(rows, 'id, price, kind, "at", w, extra, day'), checks))
  expect(await broken()).toEqual(
    [
      [2, 'range(w)'],
      [3, 'type(id)'],
      [4, 'exact(price)'],
      [5, 'range(price)'],
      [6, 'type(price)'],
      [7, 'type(price)'],
      [8, 'length(kind)'],
      [9, 'not_null(id)'],
      [10, 'within(price)'],
      [11, 'accepted(kind)'],
      [12, 'type(at)'],
      [13, 'type(extra)'],
      [14, 'type(day)'],
      [15, 'unique(id)'],
      [16, 'exact(price)'],
      [17, 'within(price)'],
    ].sort(byText),
  )
  expect(receipt).toMatchObject({ rowsIn: 17, rowsWritten: 1, rowsQuarantined: 16 })
  const third = (await all('silver.rows__quarantine')).find((row) => row.row_number === 3)
  expect(JSON.parse(String(third?.cells))).toMatchObject({ id: 'x', price: '1.239', kind: 'b' })
  expect(third).toMatchObject({ place: 'id' })
})

test('where none of the key may be in quarantine, a row that breaks its key fails the batch, and other rules do not', async () => {
  const into = dataset('silver.rows', {
    on: 'lake',
    columns: { id: integer({ notNull: true }), day: date({ notNull: true }), n: integer() },
    key: ['id', 'day'],
    quarantine: { fail: 1, key: 'none' },
  })
  const keyed = (rows: readonly string[]) =>
    model({ into, refresh: 'batch', query: () => sql`${rawSql(values(rows, 'id, day, n'))}` }) as unknown as Model
  const sound = await run(keyed([`('1', '2026-01-01', 'x')`, `('2', '2026-01-01', '1')`]))
  expect(sound).toMatchObject({ rowsWritten: 1, rowsQuarantined: 1 })
  const twice = [`('1', '2026-01-01', '1')`, `('1', '2026-01-01', '2')`, `(null, '2026-01-01', '3')`, `('3', '2026-01-01', 'x')`]
  await expect(run(keyed(twice), 1)).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringMatching(/2 rows broke a rule of the key \(.*not_null\(id\).*\), and none may; nothing was written/),
    facts: { rows: 2 },
  })
  expect(await all('silver.rows')).toMatchObject([{ id: 2 }])
  expect(await broken()).toHaveLength(3)
})

test('when every row breaks a rule the table keeps what it held, and the quarantine says why', async () => {
  const columns = { id: integer() }
  const first = await run(modelOf(columns, 'select 1 as id'))
  await expect(run(modelOf(columns, values(["('x')", "('y')"], 'id')), 1)).rejects.toMatchObject({
    code: 'quality.failed',
    kind: 'permanent',
    facts: { rows: 2, rules: [{ rule: 'type(id)', rows: 2 }] },
  })
  expect(await all('silver.rows')).toMatchObject([{ id: 1 }])
  expect(await broken()).toEqual([
    [1, 'type(id)'],
    [2, 'type(id)'],
  ])
  await expect(at.lake.receipts('silver.rows')).resolves.toEqual([{ ...first, replayed: true }])
  const corrected = await run(modelOf(columns, 'select 2 as id'), 2)
  expect(corrected).toMatchObject({ rowsWritten: 1, rowsQuarantined: 0 })
  expect(await all('silver.rows')).toMatchObject([{ id: 2 }])
  expect(await broken()).toEqual([])
})

test('no row at all is a batch like any other', async () => {
  const receipt = await run(modelOf({ id: integer() }, 'select 1 as id where false'))
  expect(receipt).toMatchObject({ rowsIn: 0, rowsWritten: 0, status: 'written' })
  await expect(run(modelOf({ id: integer() }, 'select 1 as id where false'))).resolves.toEqual({ ...receipt, replayed: true })
})

test('a crash between quarantine and data leaves a replay that gives each row once', async () => {
  const definition = modelOf({ id: integer() }, values(["('1')", "('x')"], 'id'))
  const folder = join(at.root, 'demo', 'silver')
  await mkdir(folder, { recursive: true })
  writeFileSync(join(folder, 'rows'), 'a file where the table would be')
  await expect(run(definition)).rejects.toMatchObject({ code: 'delta.failed' })
  expect(await broken()).toEqual([[2, 'type(id)']])
  rmSync(join(folder, 'rows'))
  await expect(run(definition)).resolves.toMatchObject({ rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1, replayed: false })
  expect(await broken()).toEqual([[2, 'type(id)']])
  expect(await all('silver.rows')).toMatchObject([{ id: 1 }])
})

test('rows taken to be good and rows that were staged come out alike, and a write dropped at a broken row leaves no file', async () => {
  const definition = (last: string) =>
    modelOf({ id: integer() }, `select case i when 299999 then '${last}' else i::varchar end as id from range(300000) t(i)`)
  const judged: number[] = []
  const watched = (generation: number): Lake => ({
    ...at.lake,
    async batch(write) {
      const batch = await at.lake.batch(write)
      if (batch.receipt !== undefined) return batch
      return {
        ...batch,
        finish: (rows) =>
          batch.finish({
            ...rows,
            judge() {
              judged.push(generation)
              return rows.judge()
            },
          }),
      }
    },
  })
  const runs = (last: string, generation: number) => run(definition(last), generation, watched(generation))
  const all300000 = { rowsIn: 300_000, rowsWritten: 300_000, rowsQuarantined: 0 }
  expect(await runs('1', 0)).toMatchObject(all300000)
  expect(await runs('2', 1)).toMatchObject(all300000)
  expect(await runs('2', 1)).toMatchObject({ ...all300000, replayed: true })
  expect(await runs('x', 2)).toMatchObject({ rowsIn: 300_000, rowsWritten: 299_999, rowsQuarantined: 1 })
  expect(await broken()).toEqual([[300_000, 'type(id)']])
  const files = readdirSync(at.lake.storage.locate(`${at.lake.project}/silver/rows`)).filter((name) => name.endsWith('.parquet'))
  expect(files).toHaveLength(3)
  expect(await runs('3', 3)).toMatchObject(all300000)
  expect(await broken()).toEqual([])
  // The first of a new table, the one with a broken row, and the one that takes its quarantine back.
  expect(judged).toEqual([0, 2, 3])
  const ids = (await all('silver.rows')).map(({ id }) => Number(id))
  expect([ids.length, ids.reduce((sum, id) => sum + id, 0)]).toEqual([300_000, (299_999 * 299_998) / 2 + 3])
})

test('two workers that run one batch at once write it once', async () => {
  const definition = modelOf({ id: integer() }, values(["('1')", "('x')"], 'id'))
  const receipts = await Promise.all([run(definition), run(definition), run(definition)])
  expect(receipts.map((receipt) => receipt.replayed).sort(byText)).toEqual([false, true, true])
  expect(new Set(receipts.map((receipt) => receipt.version)).size).toBe(1)
  expect(await all('silver.rows')).toHaveLength(1)
  expect(await broken()).toHaveLength(1)
})

test.each([0, 1, 2, 5, 10, 20, 40])('an abort after %i ms ends a long query with its reason and writes nothing', async (delayMs) => {
  const controller = new AbortController()
  const definition = modelOf({ n: integer() }, 'select count(*)::int as n from range(1000000000000) a where hash(range) = 1')
  const running = runModel({
    model: definition,
    write: writeTo('silver.rows'),
    reading: testReading([]),
    lake: at.lake,
    signal: controller.signal,
  })
  const timer = setTimeout(() => controller.abort(new Error('timed out')), delayMs)
  await expect(running).rejects.toThrow('timed out')
  clearTimeout(timer)
  expect(await at.lake.tables()).toEqual([])
})

/** Lines of text in bronze; the model below parses them. */
async function landLines(lake: Lake, tick: number, lines: readonly (readonly string[])[], generation = 0): Promise<DatasetRef<'lake'>> {
  async function* pages(): Pages {
    yield page(JSON.stringify(lines), { receivedAt: tick })
  }
  return refTo('lake', await lake.land(writeTo('bronze.lines', { tick, generation }), pages(), { refetch: generation > 0 }))
}
const columns = {
  tick: timestamp(),
  id: integer({ notNull: true }),
  price: decimal(10, 2, { notNull: true }),
  word: text({ max: 4, oneOf: ['a', 'b', 'cc'] }),
}
const checks = [unique('tick', 'id'), within('price', { min: -5, max: '999.99' })]
const parsed = (refresh: 'batch' | 'full') =>
  model({
    into: dataset(refresh === 'batch' ? 'silver.rows' : 'silver.whole', { on: 'lake', columns, checks }),
    from: { landed },
    refresh,
    query: () => sql`
      select ingested_at as tick, line[1] as id, line[2] as price, line[3] as word
      from (select ingested_at, unnest(from_json_strict(payload, '[["VARCHAR"]]')) as line from ${refresh === 'batch' ? landed.batch : landed})`,
  }) as unknown as Model
const readingOfLines = (ref: DatasetRef) => testReading([landed], { batches: { [landed.id]: [ref] } })
const cell = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom('', 'x', '1.5', '1.239', '1e2', '1e40', 'NaN', '1000', 'a', 'b', 'cc', 'ddddd', 'é'),
)
const lines = fc.array(fc.tuple(cell, cell, fc.constantFrom('a', 'b', 'cc', 'ddddd', 'z')), { maxLength: 12 })

test('whatever the input, rows in = rows written + rows quarantined, each row is in one of the two, and batches add up to a full refresh', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(lines, { minLength: 1, maxLength: 3 }), async (batches) => {
      const mine = await temporaryLake()
      try {
        let last: DatasetRef<'lake'> | undefined
        let [written, quarantined, rowsIn] = [0, 0, 0]
        for (const [index, batch] of batches.entries()) {
          const tick = firstTick + index * 1_800_000
          const ref = await landLines(
            mine.lake,
            tick,
            batch.map((line) => [...line]),
          )
          last = ref
          const options = {
            model: parsed('batch'),
            write: writeTo('silver.rows', { tick }),
            reading: readingOfLines(ref),
            lake: mine.lake,
          }
          const receipt = await runModel(options).catch((thrown: unknown) => thrown as { code: string; facts: { rows: number } })
          if ('code' in receipt) {
            expect(receipt.code).toBe('quality.failed')
            quarantined += receipt.facts.rows
            rowsIn += batch.length
            continue
          }
          expect(receipt.rowsIn).toBe(batch.length)
          expect(receipt.rowsIn).toBe(receipt.rowsWritten + receipt.rowsQuarantined)
          expect(await runModel(options)).toEqual({ ...receipt, replayed: true })
          written += receipt.rowsWritten
          quarantined += receipt.rowsQuarantined
          rowsIn += receipt.rowsIn
        }
        const tables = await mine.lake.tables()
        const rows = (name: string) => tables.find((table) => table.dataset === `demo:lake.silver.${name}`)?.rows ?? 0
        expect([rows('rows'), rows('rows__quarantine'), rowsIn]).toEqual([written, quarantined, written + quarantined])

        if (written === 0 || last === undefined) return
        await runModel({ model: parsed('full'), write: writeTo('silver.whole'), reading: readingOfLines(last), lake: mine.lake })
        const bare = (found: Record<string, unknown>[]) =>
          found.map(({ tick, id, price, word }) => JSON.stringify([tick, id, price, word])).sort(byText)
        expect(bare(await all('silver.whole', mine.lake))).toEqual(bare(await all('silver.rows', mine.lake)))
      } finally {
        mine.close()
      }
    }),
    { numRuns: 12 },
  )
})

test('a raised generation replaces exactly the rows of its batch, in data and quarantine', async () => {
  const [first, second] = [firstTick, firstTick + 1_800_000] as const
  const go = async (tick: number, generation: number, input: readonly (readonly string[])[]) => {
    const ref = await landLines(at.lake, tick, input, generation)
    return await runModel({
      model: parsed('batch'),
      write: writeTo('silver.rows', { tick, generation }),
      reading: readingOfLines(ref),
      lake: at.lake,
    })
  }
  await go(first, 0, [
    ['1', '1', 'a'],
    ['x', '1', 'a'],
  ])
  await go(second, 0, [
    ['2', '1', 'a'],
    ['y', '1', 'a'],
  ])
  const again = await go(first, 1, [
    ['3', '1', 'a'],
    ['4', '1', 'a'],
    ['5', '1', 'nope'],
  ])
  expect(again).toMatchObject({ rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1, generation: 1 })
  expect((await all('silver.rows')).map((row) => row.id).sort(byText)).toEqual([2, 3, 4])
  expect(await broken()).toEqual([
    [2, 'type(id)'],
    [3, 'accepted(word)'],
  ])
  await expect(go(first, 0, [])).resolves.toMatchObject({ generation: 0, replayed: true, rowsWritten: 1 })
  expect((await at.lake.history('silver.rows'))[0]).toMatchObject({ batch: again.batch, generation: 1, rowsWritten: 2, rowsQuarantined: 1 })
  expect((await at.lake.receipts('silver.rows')).map(({ generation, rowsIn }) => [generation, rowsIn])).toEqual([
    [0, 2],
    [0, 2],
    [1, 3],
  ])
})
