import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, date, decimal, fileSource, integer, jsonLines, text } from '@sluice/author'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import type { Clock } from '@sluice/sources/folder'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contentsOf, type Inbox, inboxAt, type PullOf, pullOnce } from './pull.cases.ts'

const orders = dataset('silver.orders', {
  on: 'lake',
  columns: { order_id: bigint({ notNull: true }), customer: text(), total: decimal(10, 2), ordered_on: date() },
  quarantine: { warn: 0.5, fail: 0.5 },
})
const source = fileSource({ name: 'orders', folder: 'inbox' })

let lake: TemporaryLake
let inbox: Inbox
beforeEach(async () => {
  lake = await temporaryLake()
  inbox = inboxAt(join(lake.root, 'inbox'))
})
afterEach(() => lake.close())

const head = 'Order ID,Customer,Total,Ordered on\n'
const pulled = async (over: Partial<PullOf> = {}) => await pullOnce({ lake: lake.lake, inbox, source, into: orders, ...over })
const contents = async () => await contentsOf(lake.lake, orders)
const takes = ({ output }: Awaited<ReturnType<typeof pulled>>) => output?.files

test('each file of a folder is one batch, with what was found in it', async () => {
  inbox.put('a.csv', `${head}1,Ada,10.50,2026-01-01\n2,Bob,2,2026-01-02\n`)
  inbox.put('2026/b.csv', `${head}3,Eve,,\n`)
  const { output, receipts, log } = await pulled()
  expect(output).toMatchObject({ batches: 2, rowsIn: 3, rowsWritten: 3, rowsQuarantined: 0, files: { found: 2, new: 2, unchanged: 0 } })
  expect(await contents()).toEqual({ rows: ['1|Ada|10.50|2026-01-01', '2|Bob|2.00|2026-01-02', '3|Eve|-|-'], broken: [] })
  expect(receipts).toMatchObject([
    {
      generation: 0,
      rowsIn: 1,
      file: { source: 'orders', path: '2026/b.csv', found: { format: 'csv', delimiter: ',', encoding: 'utf-8' } },
    },
    { generation: 0, rowsIn: 2, file: { path: 'a.csv' } },
  ])
  expect(log[0]).toBe('info found 2 files of orders: 2 new')
  expect(log).toContain('info a.csv: 2 rows in, 2 written, 0 in quarantine')
})

test('a file that comes again unchanged writes nothing, a touched one neither, a corrected one replaces exactly its rows', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n2,Bob,2,\n`)
  inbox.put('b.csv', `${head}3,Eve,3,\n`)
  await pulled()
  const version = (await lake.lake.tables())[0]?.version
  inbox.put('a.csv', `${head}1,Ada,1,\n2,Bob,2,\n`)
  const again = await pulled({ run: 'r2' })
  expect(again.output).toMatchObject({ batches: 0, rowsIn: 0, files: { new: 0, changed: 0, unchanged: 2 } })
  expect(again.log.slice(0, 2)).toEqual(['info found 2 files of orders: 2 unchanged', 'info nothing of orders is new: 0 rows'])
  expect((await lake.lake.tables())[0]?.version).toBe(version)
  inbox.put('a.csv', `${head}1,Ada,1.10,\n4,Dan,4,\n`)
  const third = await pulled({ run: 'r3' })
  expect(takes(third)).toMatchObject({ changed: 1, unchanged: 1 })
  expect(third.receipts).toMatchObject([{ generation: 1, rowsIn: 2, file: { path: 'a.csv' } }])
  expect((await contents()).rows).toEqual(['1|Ada|1.10|-', '3|Eve|3.00|-', '4|Dan|4.00|-'])
})

test('broken rows are in quarantine with their file, its line, the column, the rule and the cells as they came', async () => {
  inbox.put('a.csv', `${head}1,"Ada\nLovelace",1,\n2,Bob,zwei,2026-01-02\nx,Eve,3,\n`)
  const { receipts } = await pulled({ into: dataset('silver.orders', { on: 'lake', columns: orders.columns, quarantine: { fail: 1 } }) })
  expect(receipts).toMatchObject([{ rowsIn: 3, rowsWritten: 1, rowsQuarantined: 2 }])
  const { broken } = await contents()
  expect(broken).toEqual([
    'a.csv|4|type(total)|total|{"order_id":"2","customer":"Bob","total":"zwei","ordered_on":"2026-01-02"}',
    'a.csv|5|type(order_id)|order_id|{"order_id":"x","customer":"Eve","total":"3","ordered_on":null}',
  ])
})

test('over the threshold a file fails before anything of it is visible, the others are written, and it is told', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,x,\n3,Eve,y,\n4,Dan,4,\n5,Fay,5,\n6,Gus,z,\n`)
  inbox.put('c.csv', `${head}7,Hal,7,\n`)
  const { error, receipts } = await pulled({ source: fileSource({ name: 'orders', folder: 'inbox', drift: { retyped: 'ignore' } }) })
  expect(error).toMatchObject({ code: 'quality.failed', message: expect.stringContaining('b.csv: 3 of 5 rows broke a rule') })
  expect(receipts.map(({ file }) => file?.path)).toEqual(['a.csv', 'c.csv'])
  expect((await contents()).rows).toEqual(['1|Ada|1.00|-', '7|Hal|7.00|-'])
  expect((await contents()).broken).toHaveLength(3)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  expect(takes(await pulled({ run: 'r2' }))).toMatchObject({ new: 1, unchanged: 2 })
  expect(await contents()).toEqual({ rows: ['1|Ada|1.00|-', '2|Bob|2.00|-', '7|Hal|7.00|-'], broken: [] })
})

test('a column most values of which do not fit refuses the file, and says so', async () => {
  inbox.put('a.csv', `${head}1,Ada,one,\n2,Bob,two,\n3,Eve,three,\n4,Dan,4,\n`)
  const { error } = await pulled()
  expect(error).toMatchObject({
    code: 'file.drift',
    message: 'a.csv: 3 of 4 values of total are not of its type, which the source orders refuses',
  })
  expect(await lake.lake.tables()).toEqual([])
})

test('a drifted file is refused with an error of its own, and the others are taken', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', 'Order ID,Klient,Total,Ordered on\n2,Bob,2,\n')
  inbox.put('c.csv', 'Order ID,Customers,Total,Ordered on\n3,Eve,3,\n')
  const { error, receipts } = await pulled()
  expect(error?.code).toBe('file.not_taken')
  expect(error?.message).toContain('2 of 3 files of orders were not taken')
  expect(error?.message).toContain('b.csv: the column customer is missing, which the source orders refuses')
  expect(error?.message).toContain('c.csv: the column customer is missing, and "Customers" has nearly its name')
  expect(receipts.map(({ file }) => file?.path)).toEqual(['a.csv'])
})

test('under other policies a drifted file is taken: told, left out, null, or added as text', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', 'Order ID,Customers,Total,Discount\n2,Bob,2,5 %\n')
  const { log, receipts, error } = await pulled({ source: fileSource({ name: 'orders', folder: 'inbox', drift: 'add' }) })
  expect(error).toBeUndefined()
  expect(log).toContain('warn b.csv: the column customer is missing, and "Customers" has nearly its name')
  expect(log).toContain('warn b.csv: the column ordered_on is missing')
  expect(log).toContain('warn b.csv: the column "Discount" is new')
  expect(receipts.at(-1)?.file?.drift).toMatchObject([
    { event: 'renamed', column: 'customer', from: 'Customers', by: 'name', policy: 'add' },
    { event: 'missing', column: 'ordered_on', policy: 'ignore' },
    { event: 'new', column: 'Discount', policy: 'add' },
  ])
  expect((await contents()).rows).toEqual(['1|Ada|1.00|-', '2|Bob|2.00|-'])
  const wider = dataset('silver.orders', { on: 'lake', columns: { ...orders.columns, discount: text() } })
  expect((await contentsOf(lake.lake, wider)).rows).toEqual(['1|Ada|1.00|-|-', '2|Bob|2.00|-|5 %'])
  inbox.put('c.csv', `${head}3,Eve,3,\n`)
  expect((await pulled({ run: 'r2' })).error).toBeUndefined()
})

test('a retry of a run keeps what an earlier attempt has written, and another run has none of it', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', 'nothing of it fits\n1\n')
  const first = await pulled()
  expect(first.error?.code).toBe('file.drift')
  inbox.remove('b.csv')
  const retry = await pulled()
  expect(retry.output).toMatchObject({ batches: 1, rowsWritten: 1, files: { unchanged: 0, new: 0 } })
  expect(retry.receipts).toMatchObject([{ replayed: true, rowsWritten: 1, file: { path: 'a.csv' } }])
  expect((await pulled({ run: 'r2' })).receipts).toEqual([])
})

test('a run that is cleared reads its files again under the declaration of now, and those of other runs stay', async () => {
  inbox.put('a.csv', 'Order ID,Customer,Total,Ordered on\n1,Ada,1,\n')
  await pulled()
  inbox.put('b.csv', 'Order ID,Client,Total,Ordered on\n2,Bob,1.50,\n')
  const loose = fileSource({ name: 'orders', folder: 'inbox', drift: 'ignore' })
  await pulled({ run: 'r2', source: loose })
  expect((await contents()).rows).toEqual(['1|Ada|1.00|-', '2|-|1.50|-'])
  const declared = { columns: { customer: 'Client' } }
  const { receipts, output } = await pulled({ run: 'r2', cleared: 1, ...declared })
  expect(output?.files).toMatchObject({ cleared: 1, unchanged: 1 })
  expect(receipts).toMatchObject([{ generation: 1, file: { path: 'b.csv', cleared: 1 } }])
  expect((await pulled({ run: 'r2', cleared: 1, ...declared })).receipts).toMatchObject([{ generation: 1, replayed: true }])
  expect((await contents()).rows).toEqual(['1|Ada|1.00|-', '2|Bob|1.50|-'])
})

test('files whose columns had drifted are read again once their columns are declared otherwise, and only those', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', 'Order ID,Customer,Total,Ordered on,Discount\n2,Bob,2,,5 %\n')
  await pulled()
  const adding = fileSource({ name: 'orders', folder: 'inbox', drift: { new: 'add' } })
  const added = await pulled({ run: 'r2', source: adding })
  expect(added.output?.files).toMatchObject({ redeclared: 1, unchanged: 1 })
  expect(added.log[0]).toContain('1 to be read again, since their columns are declared otherwise, 1 unchanged')
  expect(added.receipts).toMatchObject([{ generation: 1, file: { path: 'b.csv', drift: [{ event: 'new', policy: 'add' }] } }])
  const wider = dataset('silver.orders', { on: 'lake', columns: { ...orders.columns, discount: text() }, quarantine: { fail: 0.5 } })
  expect((await contentsOf(lake.lake, wider)).rows).toEqual(['1|Ada|1.00|-|-', '2|Bob|2.00|-|5 %'])
  expect((await pulled({ run: 'r3', source: adding })).receipts).toEqual([])
  expect((await pulled({ run: 'r4', source: fileSource({ name: 'orders', folder: 'inbox', drift: { new: 'refuse' } }) })).receipts).toEqual(
    [],
  )
  expect((await pulled({ run: 'r5', source: adding, into: wider })).output?.files).toMatchObject({ redeclared: 1, unchanged: 1 })
  expect((await pulled({ run: 'r6', source: adding, into: wider })).receipts).toEqual([])
})

test('one file is read again by its name, once a run', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  await pulled()
  const asked = await pulled({ run: 'r2', again: ['b.csv'] })
  expect(asked.output?.files).toMatchObject({ asked: 1, unchanged: 1 })
  expect(asked.receipts).toMatchObject([{ generation: 1, file: { path: 'b.csv' } }])
  expect((await pulled({ run: 'r2', again: ['b.csv'] })).receipts).toMatchObject([{ generation: 1, replayed: true }])
  expect((await contents()).rows).toHaveLength(2)
  expect((await pulled({ run: 'r3', again: ['c.csv'] })).error).toMatchObject({
    code: 'file.missing',
    message: expect.stringContaining('c.csv'),
  })
  const young = fileSource({ name: 'orders', folder: 'inbox', ready: { marker: '*.done' } })
  expect((await pulled({ source: young, run: 'r4', again: ['b.csv'] })).error).toMatchObject({
    message: 'b.csv is not ready: its marker is not there yet',
    next: 'Ask for it again once it is ready.',
  })
})

test('rows of a vanished file stay, or go where the source says so, and come back with the file', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,x,\n3,Eve,3,\n`)
  await pulled()
  inbox.remove('b.csv')
  const kept = await pulled({ run: 'r2' })
  expect(kept.log[0]).toBe('info found 1 file of orders: 1 unchanged, 1 vanished')
  expect((await contents()).rows).toHaveLength(2)
  const deleting = fileSource({ name: 'orders', folder: 'inbox', vanished: 'delete' })
  const gone = await pulled({ run: 'r3', source: deleting })
  expect(gone.receipts).toMatchObject([{ generation: 1, rowsIn: 0, reason: 'the file is not there any more', file: { path: 'b.csv' } }])
  expect(await contents()).toEqual({ rows: ['1|Ada|1.00|-'], broken: [] })
  expect((await pulled({ run: 'r4', source: deleting })).receipts).toEqual([])
  inbox.put('b.csv', `${head}3,Eve,3,\n`)
  expect((await pulled({ run: 'r5', source: deleting })).receipts).toMatchObject([{ generation: 2, rowsWritten: 1 }])
})

test('a folder that has lost all of its files at once is refused before anything goes, unless its source says that it may be empty', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  await pulled()
  for (const name of ['a.csv', 'b.csv']) inbox.remove(name)
  inbox.put('.nfs1', 'no file of the source')
  const deleting = fileSource({ name: 'orders', folder: 'inbox', vanished: 'delete' })
  const refused = await pulled({ run: 'r2', source: deleting })
  expect(refused).toMatchObject({ error: { code: 'file.emptied', next: expect.stringContaining("vanished: 'delete-all'") }, receipts: [] })
  expect(refused.error?.message).toContain('has no file of orders any more: the rows of all 2 files would go')
  expect((await contents()).rows).toHaveLength(2)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  expect((await pulled({ run: 'r2', source: deleting })).receipts).toMatchObject([{ file: { path: 'a.csv' }, rowsIn: 0 }])
  inbox.remove('b.csv')
  const all = await pulled({ run: 'r3', source: fileSource({ name: 'orders', folder: 'inbox', vanished: 'delete-all' }) })
  expect(all).toMatchObject({ error: undefined, receipts: [{ file: { path: 'b.csv' }, reason: 'the file is not there any more' }] })
  expect((await contents()).rows).toEqual([])
})

test('under a key the newest row stands, by the order of the dataset, and a corrected file keeps its place', async () => {
  const keyed = dataset('silver.keyed', { on: 'lake', columns: { id: integer({ notNull: true }), name: text() }, key: ['id'] })
  const of = { into: keyed, source: fileSource({ name: 'names', folder: 'inbox', vanished: 'delete' }) }
  const rows = async () => (await contentsOf(lake.lake, keyed)).rows
  inbox.put('1.csv', 'id,name\n1,one\n2,two\n')
  inbox.put('2.csv', 'id,name\n2,deux\n')
  await pulled({ ...of, logicalTime: 1_000 })
  expect(await rows()).toEqual(['1|one', '2|deux'])
  inbox.put('3.csv', 'id,name\n1,uno\n')
  await pulled({ ...of, run: 'r2', logicalTime: 2_000 })
  inbox.put('1.csv', 'id,name\n1,eins\n2,zwei\n3,drei\n')
  await pulled({ ...of, run: 'r3', logicalTime: 3_000 })
  expect(await rows()).toEqual(['1|uno', '2|deux', '3|drei'])
  inbox.remove('3.csv')
  const { receipts } = await pulled({ ...of, run: 'r4', logicalTime: 4_000 })
  expect(receipts).toMatchObject([{ reason: 'the file is not there any more', rowsIn: 0 }])
  expect(await rows()).toEqual(['1|eins', '2|deux', '3|drei'])
  expect((await pulled({ ...of, run: 'r5', logicalTime: 5_000 })).receipts).toEqual([])
})

test('a file that is being written is waited for, and left for the next pull when it still is', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  let ahead = 0
  const clock: Clock = {
    now: () => Date.now() + ahead,
    async wait(ms) {
      ahead += ms
      appendFileSync(join(inbox.path, 'b.csv'), '3,Eve,3,\n')
    },
  }
  const { output, log, receipts } = await pulled({ clock })
  expect(ahead).toBeGreaterThan(5_000)
  expect(output?.files).toMatchObject({ new: 1, waiting: 1 })
  expect(receipts).toMatchObject([{ file: { path: 'a.csv' } }])
  expect(log).toContain('info b.csv is left for the next pull: it was written to less than 10s ago')
})

test('with a marker a file is whole once its marker is there, and the marker is not a file of the source', async () => {
  const marked = fileSource({ name: 'orders', folder: 'inbox', ready: { marker: '*.done' } })
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  expect(takes(await pulled({ source: marked }))).toMatchObject({ found: 1, waiting: 1, new: 0 })
  inbox.put('a.csv.done', '')
  expect(takes(await pulled({ run: 'r2', source: marked }))).toMatchObject({ found: 1, waiting: 0, new: 1 })
})

test('files of other forms go along: lines of JSON, and what is broken in them', async () => {
  const lines = fileSource({ name: 'events', folder: 'inbox', format: jsonLines() })
  inbox.put(
    'a.jsonl',
    '{"order_id": 1, "customer": "Ada", "total": 12345678.90, "ordered_on": null}\n{"order_id": 2\n{"order_id": 3, "customer": "Eve"}\n',
  )
  const { receipts, error } = await pulled({ source: lines })
  expect(error).toBeUndefined()
  expect(receipts).toMatchObject([{ rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1 }])
  expect((await contents()).rows).toEqual(['1|Ada|12345678.90|-', '3|Eve|-|-'])
  expect((await contents()).broken[0]).toMatch(/^a\.jsonl\|2\|record\(/)
})

test('two pulls at once of one source write each file once', async () => {
  for (let n = 0; n < 6; n++) inbox.put(`${n}.csv`, `${head}${n},Ada,${n},\n`)
  const both = await Promise.all([pulled({ run: 'r1' }), pulled({ run: 'r2' })])
  expect(both.map(({ error }) => error)).toEqual([undefined, undefined])
  expect(both.flatMap(({ receipts }) => receipts.map(({ file }) => file?.path)).sort()).toEqual(
    ['0', '1', '2', '3', '4', '5'].map((n) => `${n}.csv`),
  )
  expect((await contents()).rows).toHaveLength(6)
})

test('a file that changes while it is read is left for the next pull, which takes it as it is then', async () => {
  inbox.put('a.csv', `${head}1,Ada,1,\n`)
  inbox.put('b.csv', `${head}2,Bob,2,\n`)
  const connect = lake.lake.batches
  let writes = 0
  const meddling = {
    ...lake.lake,
    batches: async (...of: Parameters<typeof connect>) => {
      const batches = await connect(...of)
      const { finish } = batches
      return {
        ...batches,
        finish: async (rows: Parameters<typeof finish>[0]) => {
          if (writes++ === 0) appendFileSync(join(inbox.path, 'b.csv'), '3,Eve,3,\n')
          return await finish(rows)
        },
      }
    },
  }
  const first = await pulled({ lake: meddling })
  expect(first.error).toBeUndefined()
  expect(first.log).toContain('info b.csv is left: it was written to while it was read')
  expect((await contents()).rows).toEqual(['1|Ada|1.00|-'])
  inbox.put('b.csv', `${head}2,Bob,2,\n3,Eve,3,\n`)
  expect((await pulled({ run: 'r2' })).receipts).toMatchObject([{ rowsWritten: 2 }])
})

test('many small files are read in the memory of one', async () => {
  for (let at = 0; at < 250; at++) inbox.put(`${at}.csv`, `${head}${at},Ada,1,\n${at},Bob,${at % 10 === 0 ? 'x' : 2},\n`)
  const { output, error } = await pulled({
    into: dataset('silver.orders', { on: 'lake', columns: orders.columns, quarantine: { fail: 1 } }),
  })
  expect(error).toBeUndefined()
  expect(output).toMatchObject({ batches: 250, rowsIn: 500, rowsWritten: 475, rowsQuarantined: 25 })
})

test('columns that files add under names that differ by their case are one, and a name of the platform refuses its file alone', async () => {
  const adding = fileSource({ name: 'orders', folder: 'inbox', drift: 'add' })
  inbox.put('a.csv', 'order_id,Note\n1,one\n')
  inbox.put('b.csv', 'order_id,NOTE\n2,two\n')
  inbox.put('c.csv', 'order_id,_batch\n3,three\n')
  const first = await pulled({ source: adding })
  expect(first.error).toMatchObject({
    code: 'file.columns',
    message: expect.stringContaining('c.csv: the column "_batch" cannot be added'),
  })
  inbox.remove('c.csv')
  inbox.put('d.csv', 'order_id,note\n4,four\n')
  expect((await pulled({ source: adding, run: 'r2' })).error).toBeUndefined()
  const wider = dataset('silver.orders', { on: 'lake', columns: { order_id: bigint(), note: text() } })
  expect((await contentsOf(lake.lake, wider)).rows).toEqual(['1|one', '2|two', '4|four'])
})

test('a file without records has lost no column, one whose records all broke is judged by them, and an empty record is one', async () => {
  inbox.put('a.json', '[]')
  inbox.put('b.jsonl', '\n')
  expect((await pulled()).output).toMatchObject({ batches: 2, rowsIn: 0 })
  inbox.put('c.jsonl', '{"order_id":\n')
  expect((await pulled({ run: 'r2' })).error).toMatchObject({ code: 'quality.failed' })
  inbox.put('c.jsonl', '{}\n')
  expect((await pulled({ run: 'r3' })).error).toMatchObject({ code: 'file.drift' })
})
