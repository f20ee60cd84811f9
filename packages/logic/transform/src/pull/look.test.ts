import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, decimal, type FileSource, fileSource, type Pull, pull, text } from '@sluice/author'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { localFolder } from '@sluice/sources/folder'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookAtPull, type PullLookedAt } from './look.ts'
import { previewPull } from './preview.ts'
import { contentsOf, type Inbox, inboxAt, pullOnce } from './pull.cases.ts'

const orders = dataset('silver.orders', {
  on: 'lake',
  columns: { order_id: bigint({ notNull: true }), customer: text(), total: decimal(10, 2) },
})
let lake: TemporaryLake
let inbox: Inbox
beforeEach(async () => {
  lake = await temporaryLake()
  inbox = inboxAt(join(lake.root, 'inbox'))
})
afterEach(() => lake.close())

const head = 'Order ID,Customer,Total\n'
const from = (more: object = {}): FileSource => fileSource({ name: 'orders', folder: 'inbox', ...more })
const looking = (source = from(), more: Partial<PullLookedAt> = {}): PullLookedAt => ({
  pull: pull({ from: source, into: orders }) as Pull & { readonly from: FileSource },
  ...{ dataset: 'demo:lake.silver.orders', lake: lake.lake, folder: localFolder(inbox.path) },
  ...{ now: () => Date.now() + 3_600_000, log: { warn: () => undefined }, ...more },
})
const pulled = async (source = from(), run = 'r1') => await pullOnce({ lake: lake.lake, inbox, source, into: orders, run })

/** Each file under the lake with its size and time. */
const filesOnDisk = (): readonly string[] =>
  readdirSync(lake.root, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const facts = statSync(join(lake.root, path))
      return facts.isFile() ? `${path} ${facts.size} ${facts.mtimeMs}` : path
    })
    .sort()

test('a dry run tells what the pull after it does, file by file and why, and writes nothing', async () => {
  for (const name of ['same.csv', 'changed.csv', 'gone.csv', 'asked.csv']) inbox.put(name, `${head}1,Ada,1\n`)
  await pulled()
  inbox.put('changed.csv', `${head}2,Bob,2\n`)
  inbox.put('same.csv', `${head}1,Ada,1\n`)
  inbox.put('new.csv', `${head}3,Eve,3\n`)
  inbox.put('young.csv', `${head}4,Dan,4\n`, Date.now() + 3_600_000)
  inbox.remove('gone.csv')
  const before = filesOnDisk()
  const plan = await lookAtPull(looking(from({ vanished: 'delete' }), { again: ['asked.csv'] }))
  const none = { cleared: 0, redeclared: 0, moved: 0 }
  expect(plan.counts).toEqual({ ...none, found: 5, new: 1, changed: 1, asked: 1, unchanged: 1, waiting: 1, vanished: 1 })
  expect(plan.files.map(({ file, is, deed }) => [file, is, deed])).toEqual([
    ['asked.csv', 'asked', 'read, in the place of its rows'],
    ['changed.csv', 'changed', 'read, in the place of its rows'],
    ['new.csv', 'new', 'read'],
    ['young.csv', 'waiting', 'left: it was written to less than 10s ago'],
    ['gone.csv', 'vanished', 'its rows are taken away'],
  ])
  expect(plan.refused).toBeNull()
  expect(filesOnDisk()).toEqual(before)
  const { output } = await pullOnce({
    lake: lake.lake,
    inbox,
    source: from({ vanished: 'delete' }),
    into: orders,
    run: 'r2',
    again: ['asked.csv'],
    clock: { now: () => Date.now() + 3_600_000, wait: async () => undefined },
  })
  expect(output?.files).toEqual(plan.counts)
})

test('a dry run of a folder that was emptied tells that the pull would be refused, and a file that is not there is named', async () => {
  inbox.put('a.csv', `${head}1,Ada,1\n`)
  await pulled()
  inbox.remove('a.csv')
  expect((await lookAtPull(looking(from({ vanished: 'delete' })))).refused).toContain('the rows of 1 file would go')
  expect((await lookAtPull(looking())).files).toMatchObject([{ file: 'a.csv', is: 'vanished', deed: 'its rows stay' }])
  await expect(lookAtPull(looking(from(), { again: ['b.csv'] }))).rejects.toMatchObject({ code: 'file.missing' })
})

test('a preview shows the rows that the pull writes and those that it puts into quarantine, and writes nothing', async () => {
  const rows = Array.from({ length: 20 }, (_, at) => `${at + 1},Ada,${at === 4 ? 'five' : `${at}.5`}`)
  inbox.put('a.csv', `${head.replace('Total', 'Total,Note')}${rows.map((row) => `${row},n`).join('\n')}\n`)
  const before = filesOnDisk()
  const seen = await previewPull(looking(), 2)
  expect(seen).toEqual({
    file: 'a.csv',
    detected: expect.objectContaining({ format: 'csv', delimiter: ',' }),
    columns: { order_id: 'Order ID', customer: 'Customer', total: 'Total' },
    drift: ['the column "Note" is new'],
    refused: null,
    ...{ rowsIn: 20, rowsWritten: 19, rowsQuarantined: 1 },
    rows: [
      { order_id: 1, customer: 'Ada', total: '0.50' },
      { order_id: 2, customer: 'Ada', total: '1.50' },
    ],
    quarantine: [
      {
        line: 6,
        column: 'total',
        rule: 'type(total)',
        means: expect.any(String),
        cells: '{"order_id":"5","customer":"Ada","total":"five"}',
      },
    ],
  })
  expect(filesOnDisk()).toEqual(before)
  const { receipts } = await pulled()
  expect(receipts).toMatchObject([{ rowsIn: 20, rowsWritten: 19, rowsQuarantined: 1 }])
  expect((await contentsOf(lake.lake, orders)).broken).toEqual([`a.csv|6|type(total)|total|${seen.quarantine[0]?.cells}`])
})

test.each([
  ['a column is missing', `Order ID,Total\n1,2\n`, 'file.drift', 'the column customer is missing'],
  ['a column is of another type', `${head}${'1,Ada,one\n'.repeat(4)}5,Eve,5\n`, 'file.drift', '4 of 5 values of total are not of its type'],
  [
    'more rows are broken than may be',
    `${head}1,Ada,one\n2,Bob,2\n`,
    'quality.failed',
    '1 of 2 rows broke a rule, more than the 10 % that may',
  ],
  ['one name may be two columns', `Order ID,order-id,Customer,Total\n1,1,Ada,1\n`, 'file.columns', 'are one name to order_id'],
] as const)('a preview of a file in which %s says that the pull refuses it, in its words', async (_, content, code, words) => {
  inbox.put('a.csv', content)
  const seen = await previewPull(looking(), 10)
  expect(seen.refused).toMatchObject({ code, message: expect.stringContaining(words) })
  expect((await pulled()).error).toMatchObject({ code, message: expect.stringContaining(words) })
})

test('a preview of a folder without any file of the pattern names both, and asks for no file that was read before', async () => {
  await expect(previewPull(looking(from({ pattern: '*.tsv' })), 10)).rejects.toMatchObject({
    code: 'file.missing',
    message: expect.stringMatching(/^no file of orders is in .*: none matches \*\.tsv$/),
    next: 'Put a file there, or correct folder and pattern of the source.',
  })
})

test('a preview of a file that is still written says so, and not that nothing is new', async () => {
  inbox.put('young.csv', `${head}4,Dan,4\n`, Date.now() + 3_600_000)
  await expect(previewPull(looking(), 10)).rejects.toMatchObject({
    message: 'young.csv is not ready: it was written to less than 10s ago',
    next: 'Look at it again once it is ready.',
  })
})

test('a preview of a folder without anything new asks for a file, and shows one that was read before', async () => {
  inbox.put('a.csv', `${head}1,Ada,1\n`)
  await pulled()
  await expect(previewPull(looking(), 10)).rejects.toMatchObject({ code: 'file.missing', next: expect.stringContaining('--file') })
  inbox.put('0.csv', `${head}7,Hal,7\n`)
  inbox.put('b.csv', `${head}8,Ivy,8\n`)
  const files = [['a.csv'], ['b.csv'], []].map(async (again) => (await previewPull(looking(from(), { again }), 10)).file)
  expect(await Promise.all(files)).toEqual(['a.csv', 'b.csv', '0.csv'])
})
