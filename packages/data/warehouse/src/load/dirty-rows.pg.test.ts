import { boolean, dataset, decimal, integer, text } from '@sluice/author'
import { batchId, manualRunKey } from '@sluice/core'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { loadBatch } from '../index.ts'
import { testWarehouse } from '../testing/index.ts'

const things = dataset('public.things', {
  on: 'warehouse',
  columns: {
    id: integer(),
    part: text({ max: 4 }),
    price: decimal(12, 4, { notNull: true }),
    active: boolean(),
    note: text(),
  },
  key: ['id', 'part'],
})
const columns = ['id', 'part', 'price', 'active', 'note']

type Cell = string | null
type Row = readonly [id: Cell, part: Cell, price: Cell, active: Cell, note: Cell]

const cell = (...values: fc.Arbitrary<Cell>[]): fc.Arbitrary<Cell> =>
  fc.oneof(...values.map((arbitrary) => ({ weight: 3, arbitrary })), { weight: 1, arbitrary: fc.constant(null) })
const word = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\\', '.', ' ', 'é', '🙂', '\r', 'N'), maxLength: 6 })
const digits = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom('0', '1', '9'), minLength: 1, maxLength })
const row: fc.Arbitrary<Row> = fc.tuple(
  cell(fc.integer({ min: -3, max: 9 }).map(String), fc.constantFrom('007', '2147483647', '2147483648', '', 'x', '1.5', ' 4 ')),
  cell(fc.constantFrom('a', 'b', ''), word),
  cell(
    fc.tuple(fc.constantFrom('', '-'), digits(10), digits(7)).map(([sign, whole, rest]) => `${sign}${whole}.${rest}`),
    fc.tuple(digits(4), fc.integer({ min: -6, max: 6 })).map(([whole, exponent]) => `${whole}e${exponent}`),
    fc.constantFrom('1', '.5', '5.', 'NaN', 'nan', 'Infinity', '1,5', '', '--1', '1e'),
  ),
  cell(fc.constantFrom('true', 'false', 't', 'f', 'maybe', '')),
  cell(word),
)

/** null means empty and unquoted; every other cell is quoted. */
const toCsv = (rows: readonly Row[]): string =>
  rows.map((cells) => `${cells.map((text) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)).join(',')}\n`).join('')

/** Units of 1/10,000, or undefined when the text is not a decimal(12,4). */
function units(text: string): bigint | undefined {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:e(-?\d+))?$/.exec(text)
  const [, sign, whole = '', rest = '', exponent = '0'] = match ?? []
  if (match === null || whole + rest === '') return undefined
  const shift = Number(exponent) - rest.length + 4
  const value = BigInt(whole + rest)
  const scaled = shift >= 0 ? value * 10n ** BigInt(shift) : value / 10n ** BigInt(-shift)
  if (shift < 0 && scaled * 10n ** BigInt(-shift) !== value) return undefined
  if (scaled >= 10n ** 12n) return undefined
  return sign === '-' ? -scaled : scaled
}

interface Thing {
  readonly id: number
  readonly part: string
  readonly price: bigint
  readonly active: boolean | null
  readonly note: string | null
}

function thingOf([id, part, price, active, note]: Row): Thing | undefined {
  if (id === null || part === null || price === null) return undefined
  const number = /^ *-?\d+ *$/.test(id) ? Number(id) : Number.NaN
  const amount = units(price)
  const flag = active === null ? null : { true: true, t: true, false: false, f: false }[active]
  if (!Number.isInteger(number) || number >= 2 ** 31 || Array.from(part).length > 4 || amount === undefined || flag === undefined)
    return undefined
  return { id: number, part, price: amount, active: flag, note }
}

/** The table after the batches, and how many rows of each were refused. */
function model(batches: readonly (readonly Row[])[], mode: 'append' | 'upsert'): { table: Map<string, Thing>; refused: number[] } {
  const table = new Map<string, Thing>()
  const refused = batches.map((rows) => {
    const things = rows.map(thingOf).filter((thing) => thing !== undefined)
    // Of equal keys an append keeps the first and an upsert the last.
    const staying = new Map(
      (mode === 'append' ? things.toReversed() : things).map((thing) => [JSON.stringify([thing.id, thing.part]), thing]),
    )
    const written = [...staying].filter(([key]) => mode === 'upsert' || !table.has(key))
    for (const [key, thing] of written) table.set(key, thing)
    return rows.length - written.length
  })
  return { table, refused }
}

const priceText = (value: bigint): string => {
  const text = String(value < 0n ? -value : value).padStart(5, '0')
  return `${value < 0n ? '-' : ''}${text.slice(0, -4)}.${text.slice(-4)}`
}

test('dirty batches leave exactly the rows of an independent model, and every other row in quarantine', async () => {
  await using demo = await testWarehouse(things)
  const { warehouse } = demo
  const dataset = 'demo:warehouse.public.things'
  const loadAll = async (batches: readonly (readonly Row[])[], mode: 'append' | 'upsert', largeFrom: number): Promise<number[]> => {
    const refused: number[] = []
    for (const [place, rows] of batches.entries()) {
      const batch = batchId({
        project: 'demo',
        pipeline: 'p',
        task: 't',
        mapKey: null,
        runKey: manualRunKey(String(place)),
        dataset,
        write: 'main',
      })
      const write = {
        project: 'demo',
        pipeline: 'p',
        task: 't',
        run: 'r',
        attempt: 1,
        dataset,
        batch,
        generation: 0,
        logicalTime: 0,
        inputs: [],
      }
      const source = (async function* () {
        yield Buffer.from(toCsv(rows))
      })()
      const receipt = await loadBatch(warehouse.pool, { write, table: things, mode, columns, source, rowsIn: rows.length }, { largeFrom })
      expect(receipt.rowsIn).toBe(receipt.rowsWritten + receipt.rowsQuarantined)
      refused.push(receipt.rowsQuarantined)
    }
    return refused
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { maxLength: 30 }), { maxLength: 3 }),
      fc.constantFrom('append', 'upsert'),
      fc.constantFrom(0, 10_000),
      async (batches, mode, largeFrom) => {
        await warehouse.pool.query('truncate things, sluice_loads, sluice_quarantine')
        const expected = model(batches, mode)
        expect(await loadAll(batches, mode, largeFrom)).toEqual(expected.refused)
        const found = await warehouse.pool.query<{ id: number; part: string }>('select id, part, price, active, note from things')
        expect(new Map(found.map((each) => [JSON.stringify([each.id, each.part]), each]))).toEqual(
          new Map([...expected.table].map(([key, thing]) => [key, { ...thing, price: priceText(thing.price) }])),
        )
        const kept = await warehouse.pool.query<{ load: number; line: number; row: Record<string, Cell> }>(
          'select l.task, q.row_number as line, q.batch, q.cells as "row" from sluice_quarantine q join sluice_loads l on l.id = q.load_id order by q.load_id, q.row_number',
        )
        const all = batches.flatMap((rows) => rows.map((cells) => JSON.stringify(cells)))
        for (const { row: text } of kept) expect(all).toContain(JSON.stringify(columns.map((name) => text[name] ?? null)))
      },
    ),
    { numRuns: 80 },
  )
})
