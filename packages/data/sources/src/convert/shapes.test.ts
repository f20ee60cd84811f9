import { duckdbDialect } from '@sluice/checks'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { duckdbType, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import { type ColumnShape, shapesOf, typeOf } from './propose-types.ts'

const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
afterAll(() => duckdb.close())
const { integer: below, pick, chance } = seeded(seedOfRun())
const judge = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

const numbers = [
  '0',
  '7',
  '-7',
  '1.50',
  '-0.5',
  '2147483647',
  '2147483648',
  '-2147483649',
  '9223372036854775807',
  '9223372036854775808',
  '9'.repeat(40),
]
const days = [
  '2026-11-30',
  '2024-02-29',
  '2026-11-30T09:30:00Z',
  '2026-11-30 09:30',
  '2026-11-30T00:00:00Z',
  ' 2026-11-30',
  '2026-11-30+01:00',
]
const others = [
  'true',
  'FALSE',
  'null',
  '{"a":1}',
  ' [1]',
  '{',
  'x-1',
  'e',
  'E',
  '',
  'a.b',
  ':',
  '-',
  '--1',
  '.',
  '.5',
  '5.',
  '1.2.3',
  '+1',
  ' 1',
  '1_000',
  '0x1',
  '١',
]
const exponents = [
  '1e5',
  '-1.5E-3',
  '1e555',
  '12e',
  'e5',
  '007',
  '-007',
  '00',
  '0.0',
  '2026-02-30',
  '24:00',
  ' 9:00',
  '2016-12-31T23:59:60Z',
  '1-2',
]
const kinds = [numbers, days, others, exponents] as const

/** The same by one question a text, whatever it costs. */
async function shapeByOne(texts: readonly string[]): Promise<ColumnShape> {
  const isNumber = (text: string): boolean => /^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?$/.test(text)
  const isWhole = (text: string): boolean => isNumber(text) && !text.includes('.')
  const count = (is: (text: string) => boolean): number => texts.filter(is).length
  const most = (of: (text: string) => number): number => Math.max(0, ...texts.filter(isNumber).map(of))
  const isBeyond = (bits: number) => (text: string) => isWhole(text) && BigInt.asIntN(bits, BigInt(text)) !== BigInt(text)
  const values = `SELECT unnest([${texts.map(quoteLiteral).join(', ')}]::VARCHAR[]) AS x`
  const counted = async (kind: 'date' | 'timestamp'): Promise<number> => {
    const { select, each } = judge.conversions(values, [{ type: { kind }, source: 'VARCHAR', x: 'x' }])
    return Number(await connection.value(`SELECT count(${each[0]?.value})::INTEGER FROM (${select})`))
  }
  return {
    values: texts.length,
    whole: count(isWhole),
    numbers: count(isNumber),
    exponents: count((text) => /^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?[eE][+-]?[0-9]{1,2}$/.test(text)),
    names: count((text) => /^-?0[0-9]+$/.test(text)),
    before: most((text) => (text.split('.')[0] ?? '').replace('-', '').length),
    behind: most((text) => text.split('.')[1]?.length ?? 0),
    overInteger: count(isBeyond(32)),
    overBigint: count(isBeyond(64)),
    truths: count((text) => /^(?:true|false)$/i.test(text)),
    documents: count((text) => text === '{"a":1}' || text === ' [1]'),
    dates: await counted('date'),
    timestamps: await counted('timestamp'),
  }
}

test('what texts are found to be at a quick look is what one question a text finds', async () => {
  for (let round = 0; round < (long ? 400 : 6); round++) {
    const columns = Array.from({ length: 4 }, () => {
      const [mostly, odd] = [pick(kinds), chance(0.5) ? 0 : pick([0.05, 0.5])]
      const usual = chance(0.5) ? [pick([...mostly] as [string, ...string[]])] : mostly
      return Array.from({ length: 1 + below(40) }, () => pick((chance(odd) ? kinds.flat() : usual) as [string, ...string[]]))
    })
    const longest = Math.max(...columns.map(({ length }) => length))
    const list = (texts: readonly string[]): string =>
      `unnest([${[...texts.map(quoteLiteral), ...Array.from({ length: longest - texts.length }, () => 'NULL')].join(', ')}]::VARCHAR[])`
    const rows = `SELECT ${columns.map((texts, at) => `${list(texts)} AS "c ${at}"`).join(', ')}`
    const shapes = await shapesOf(
      connection,
      rows,
      columns.map((_, at) => ({ name: `c ${at}`, type: 'VARCHAR' })),
    )
    for (const [at, texts] of columns.entries()) {
      const [{ dates: _, timestamps: __, ...counts }, { dates, timestamps, ...wanted }] = [
        shapes[at] as ColumnShape,
        await shapeByOne(texts),
      ]
      expect(counts, JSON.stringify(texts)).toMatchObject(wanted)
      for (const howMany of ['most', 'all'] as const)
        expect(typeOf(shapes[at] as ColumnShape, howMany), JSON.stringify(texts)).toEqual(typeOf({ ...wanted, dates, timestamps }, howMany))
    }
  }
})
