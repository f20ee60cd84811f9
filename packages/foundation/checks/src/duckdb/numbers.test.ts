import type { ColumnType } from '@sluice/author'
import { fc } from '@sluice/core/testing/properties'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { conversionsOf } from './conversions.ts'
import { isNumber } from './numbers.ts'

let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => duck.close())

const given = (texts: readonly string[]): string =>
  `SELECT unnest([${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}]::VARCHAR[]) AS x`

async function evaluate(select: string, sql: string): Promise<unknown[]> {
  const connection = await duck.connect()
  const rows = await connection.rows(`SELECT ${sql} AS v FROM (${select})`)
  connection.close()
  return rows.map((row) => row.v)
}

async function converted(texts: readonly string[], type: ColumnType): Promise<unknown[]> {
  const { select, each } = conversionsOf(given(texts), [{ type, source: 'VARCHAR', x: 'x' }])
  return await evaluate(select, `CAST(${each[0]?.value} AS VARCHAR)`)
}

/** The same by hand, in whole numbers: digits shifted by the exponent must leave nothing behind the scale and fit the precision. */
function reference(text: string, precision: number, scale: number): string | null {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? []
  if (match === null || whole + fraction === '') return null
  const digits = BigInt(whole + fraction)
  const shift = BigInt(scale) + BigInt(exponent) - BigInt(fraction.length)
  if (digits !== 0n && (shift > 500n || shift < -500n)) return null
  const divisor = shift < 0n ? 10n ** -shift : 1n
  if (digits !== 0n && digits % divisor !== 0n) return null
  const scaled = digits === 0n ? 0n : shift < 0n ? digits / divisor : digits * 10n ** shift
  if (scaled >= 10n ** BigInt(precision)) return null
  const padded = scaled.toString().padStart(scale + 1, '0')
  const point = padded.length - scale
  // DuckDB prints no 0 before the point of a decimal that has no place for one.
  const shown = `${precision === scale ? '' : padded.slice(0, point)}${scale === 0 ? '' : `.${padded.slice(point)}`}`
  return sign === '-' && scaled !== 0n ? `-${shown}` : shown
}

const digits = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: max })
const number = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    digits(40),
    fc.option(digits(40), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 60 })), { nil: undefined }),
  )
  .map(
    ([sign, whole, fraction, exponent]) =>
      `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : exponent.join('')}`,
  )
const short = fc
  .tuple(fc.constantFrom('', '-'), fc.integer({ min: 0, max: 10 ** 9 }), digits(4))
  .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`)
const noise = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '.',
    '-',
    '-.',
    '+',
    'e',
    '1e',
    'e5',
    'NaN',
    'Infinity',
    '-inf',
    '1_000',
    '0x1F',
    '1,5',
    '1 2',
    ' 1.5 ',
    '1.',
    '.5',
  ),
  fc.string({ maxLength: 6 }),
)
const sizes = [
  [38, 18],
  [10, 2],
  [18, 18],
  [38, 0],
  [38, 38],
  [20, 19],
  [5, 5],
] as const

test('a decimal is taken exactly as written or not at all, to 38 digits, whatever the form of the number', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...sizes),
      fc.array(fc.oneof(number, short, noise), { minLength: 60, maxLength: 60 }),
      async ([precision, scale], texts) => {
        const clean = texts.filter((text) => !text.includes('\0'))
        const expected = clean.map((text) => reference(text, precision, scale))
        expect(await converted(clean, { kind: 'decimal', precision, scale })).toEqual(expected)
      },
    ),
    { numRuns: 40 },
  )
})

test('whole numbers take 1.0 and 1e3, refuse fractions, what is out of range, and spellings of other languages', async () => {
  const texts = [
    '1',
    '-1',
    '+7',
    ' 5 ',
    '1.0',
    '1e3',
    '2.50e1',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '1.5',
    '0x1F',
    '1_0',
    'x',
    '',
    '1e-1',
    '0e99',
  ]
  const expected = [
    '1',
    '-1',
    '7',
    '5',
    '1',
    '1000',
    '25',
    '9223372036854775807',
    null,
    '-9223372036854775808',
    null,
    null,
    null,
    null,
    null,
    null,
    '0',
  ]
  expect(await converted(texts, { kind: 'bigint' })).toEqual(expected)
  expect(await converted(['2147483647', '2147483648'], { kind: 'integer' })).toEqual(['2147483647', null])
})

test('numbers that do not fit are told from text that is not a number', async () => {
  expect(await evaluate(given(['1e40', ' 1.239 ', '.5', '5.']), isNumber('x'))).toEqual([true, true, true, true])
  const others = ['', 'four', '1,5', '1_0', '0x1F', '-', '.', 'e5', 'infinite', 'NaN', '-Infinity']
  expect(await evaluate(given(others), isNumber('x'))).toEqual(others.map(() => false))
})
