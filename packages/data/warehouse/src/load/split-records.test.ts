import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '@sluice/core/testing/properties'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CsvRecords } from './csv-records.ts'
import type { DistinctCells } from './distinct-cells.ts'
import { Look, lookThrough } from './look.ts'
import { NotStraight } from './not-straight.ts'
import type { LoadPlan } from './plan.ts'
import { readRecords } from './read-records.ts'
import { splitRecords } from './split-records.ts'

const planned = (columns: readonly string[]) => ({ columns: columns.map((name) => ({ name })) }) as unknown as LoadPlan

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'records '))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function fileOf(csv: string): Promise<string> {
  const path = join(folder, 'some.csv')
  await writeFile(path, csv)
  return path
}

async function textOf(parts: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all).toString()
}

/** By text. No quoted cell below holds digits. */
function numbersOf(cells: DistinctCells): ReadonlyMap<string, number> {
  const parts = [...cells.lines()].join('').split(/,(\d+)\n/)
  return new Map(Array.from({ length: (parts.length - 1) / 2 }, (_, at) => [parts[at * 2] ?? '', Number(parts[at * 2 + 1])]))
}

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '7', 'é', '🙂', ' ', '\\', '.'), maxLength: 3 }),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é'), maxLength: 4 }).map((text) => `"${text.replaceAll('"', '""')}"`),
)
const records = fc.array(fc.tuple(cell, cell, cell), { maxLength: 12 })

test('records are the same wherever a file is read on', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.integer({ min: 60, max: 90 }), fc.boolean(), async (rows, size, ends) => {
      const csv = rows.map((cells) => cells.join(',')).join('\n') + (ends && rows.length > 0 ? '\n' : '')
      const found: string[][] = []
      const cut = new CsvRecords(3, (bytes, start, end, [first = 0, second = 0, third = 0]) => {
        expect(third).toBe(end)
        found.push(
          [
            [start, first],
            [first + 1, second],
            [second + 1, third],
          ].map(([from, to]) => bytes.toString('utf8', from, to)),
        )
      })
      let total = 0
      for await (total of readRecords(await fileOf(csv), cut, undefined, size)) expect(total).toBeGreaterThanOrEqual(0)
      expect([found, total]).toEqual([rows, Buffer.byteLength(csv)])
    }),
  )
})

test('records are parted by what they hold, and keep their bytes, order and place', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.boolean(), fc.nat(5), async (rows, ends, refusedRow) => {
      const csv = rows.map((cells) => cells.join(',')).join('\n') + (ends && rows.length > 0 ? '\n' : '')
      // A last record without a line end is one only when it is not empty: COPY sees it so, too.
      const path = await fileOf(csv)
      const looks = [new Look(planned(['a', 'b', 'c']), ['b'], 1e6), new Look(planned(['a', 'b', 'c']), ['c', 'a'], 1e6)]
      expect(await lookThrough(path, looks)).toBe(rows.length)
      const pairOf = ([a, , c]: readonly string[]) => `${c},${a}`
      const [seconds, pairs] = looks.map(({ cells }) => numbersOf(cells))
      expect([...(seconds?.keys() ?? [])].sort()).toEqual([...new Set(rows.map(([, b]) => b))].sort())
      expect([...(pairs?.keys() ?? [])].sort()).toEqual([...new Set(rows.map(pairOf))].sort())
      const refused = rows[refusedRow]
      if (refused !== undefined) looks[1]?.refuse([pairs?.get(pairOf(refused)) ?? 0])
      const isHeld = (row: readonly string[]) => refused !== undefined && row[0] === refused[0] && row[2] === refused[2]
      const split = splitRecords(path, looks, (line) => line * 1000)
      expect(await textOf(split.pieces)).toBe(rows.map((row, at) => (isHeld(row) ? '' : `${row.join(',')},${(at + 1) * 1000}\n`)).join(''))
      expect(split.heldBack.map(({ line, text }) => `${line} ${text}`)).toEqual(
        rows.flatMap((row, at) => (isHeld(row) ? [`${at + 1} ${row.join(',')}`] : [])),
      )
      expect([split.rows(), split.bytes(), looks[1]?.refusedRows]).toEqual([
        rows.length,
        Buffer.byteLength(csv),
        rows.filter(isHeld).length,
      ])
    }),
  )
})

test.each([
  ['a NUL character', '1,a\0b\n'],
  ['lines that end with CR LF', '1,a\r\n'],
  ['a record with a cell too few', '1\n'],
  ['an empty line', '1,a\n\n'],
  ['a quote that does not end', '1,"a\n2,b\n'],
  ['a record of more than 1 MiB', `1,"${'x'.repeat(1024 * 1024)}`],
])('%s is left to the server', async (_, csv) => {
  const split = splitRecords(await fileOf(csv), [new Look(planned(['a', 'b']), ['b'], 1e6)], () => 1)
  await expect(textOf(split.pieces)).rejects.toThrow(NotStraight)
})

test('more texts than fit are not kept, and the file is not read on', async () => {
  const csv = Array.from({ length: 200_000 }, (_, at) => `a longer text ${at}\n`).join('')
  const look = new Look(planned(['id']), ['id'], 1_000)
  expect(await lookThrough(await fileOf(csv), [look])).toBeLessThan(200_000)
  expect(look.cells.isFull).toBe(true)
  expect(look.cells.count).toBeLessThan(100)
})

test('many different texts, short and long, keep their numbers and counts while their table grows', async () => {
  const textOfRow = (at: number) => (at % 2 === 0 ? String(at) : `a longer text ${at}`)
  const csv = Array.from({ length: 20_000 }, (_, at) => `${textOfRow(at % 7_000)}\n`).join('')
  const look = new Look(planned(['id']), ['id'], 1e6)
  expect(await lookThrough(await fileOf(csv), [look])).toBe(20_000)
  expect([look.cells.count, look.cells.isFull]).toEqual([7_000, false])
  const numbers = numbersOf(look.cells)
  expect([numbers.size, new Set(numbers.values()).size]).toEqual([7_000, 7_000])
  const has = (cells: DistinctCells, text: string) => cells.has(Buffer.from(text), 0, Buffer.byteLength(text))
  for (let id = 0; id < 7_000; id++) {
    const number = numbers.get(textOfRow(id)) ?? 0
    expect([has(look.cells, textOfRow(id)), look.cells.times(number)]).toEqual([true, id < 6_000 ? 3 : 2])
  }
  const some = look.cells.only(['0', 'a longer text 1'].map((text) => numbers.get(text) ?? 0))
  expect(['0', 'a longer text 1', '2', 'a longer text 3', '', '00'].map((text) => has(some, text))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
})
