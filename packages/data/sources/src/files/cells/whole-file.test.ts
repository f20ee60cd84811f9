import { openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import type { WantedKind } from '../reader.ts'
import { findConventions } from './conventions.ts'

const duckdb = await openDuckDB()
const connection = await duckdb.connect()
afterAll(() => duckdb.close())

/** What becomes of the texts of a column of which the first ones alone were looked at. */
async function readBehind(kind: WantedKind, sample: readonly string[], behind: readonly string[], format: object = {}) {
  const texts = [...sample, ...behind]
  const numbered = `SELECT _row, x FROM (VALUES ${texts.map((text, at) => `(${at + 1}, ${quoteLiteral(text)})`).join(', ')}) AS t(_row, x)`
  const looked = { sample: sample.map((text, at) => ({ line: at + 1, cells: [text] })), whole: false, numbered }
  const file = { path: '/none', name: 'behind.csv', bytes: 0 }
  const { rows, numbered: all } = await findConventions(connection, file, [{ name: 'x', type: 'VARCHAR' }], looked, format, {
    wanted: () => kind,
  })
  const fast = await connection.rows<{ x: string }>(rows(`SELECT x FROM (${numbered})`))
  const full = await connection.rows<{ _row: number; x: string }>(all(numbered))
  expect(full.map(({ _row }) => Number(_row))).toEqual(texts.map((_, at) => at + 1))
  return { fast: fast.map(({ x }) => x).slice(sample.length), full: full.map(({ x }) => x).slice(sample.length) }
}

const whole = ['1', '25', '300', '4711']
test.each<[why: string, kind: WantedKind, sample: readonly string[], behind: readonly string[], read: readonly string[], format?: object]>([
  ['thousands or a fraction', 'number', whole, ['1.234', '2'], ['1.234 (looks like thousands)', '2']],
  ['the same with a comma', 'number', whole, ['1,234', '2'], ['1,234 (looks like thousands)', '2']],
  ['a comma that others behind it say', 'number', whole, ['1.234', '1.234,50', '7'], ['1234', '1234.50', '7']],
  ['a point that others behind it say', 'number', whole, ['1.234', '1.5'], ['1.234', '1.5']],
  ['one mark and the other', 'number', whole, ['1.234', '1.5', '1,5'], ['1.234 (looks like thousands)', '1.5', '1.5']],
  [
    'points of a sample and as many commas',
    'number',
    ['1.5', '2.25'],
    ['1,5', '2,25', '1.234'],
    ['1.5', '2.25', '1.234 (looks like thousands)'],
  ],
  [
    'commas of a sample and as many points',
    'number',
    ['1,5', '2,25'],
    ['1.5', '2.25', '1.234'],
    ['1.5', '2.25', '1.234 (looks like thousands)'],
  ],
  ['commas of a sample and one point', 'number', Array<string>(20).fill('1,5'), ['1.5', '1.234'], ['1.5', '1234']],
  ['a fraction that begins with 0', 'number', ['1,5'], ['0.123', '0,123'], ['0.123', '0.123']],
  ['what is declared', 'number', whole, ['1.234', '1,5'], ['1234', '1.5'], { decimal: ',' }],
  ['money', 'number', ['1 €', '20 €'], ['1.234 €', '5 €'], ['1.234 € (looks like thousands)', '5']],
  ['what is not a number', 'number', whole, ['x', '1.2.3', '12:30'], ['x', '1.2.3', '12:30']],
  ['spellings of NULL', 'number', whole, ['n/a', '', '-'], [null, null, null] as never],
  [
    'days of another order',
    'date',
    ['25/11/2026'],
    ['11/26/2026', '03/04/2026'],
    ['11/26/2026', '03/04/2026 (may be 2026-04-03 or 2026-03-04)'],
  ],
  ['one such day', 'date', Array<string>(20).fill('25/11/2026'), ['11/26/2026', '03/04/2026'], ['11/26/2026', '2026-04-03']],
  ['days without a year of four digits', 'date', ['25.11.32'], ['26.11.25', '03.04.05'], ['2025-11-26', '2005-04-03']],
  ['an order that is said behind the sample', 'date', ['03/04/2026'], ['13/04/2026', '05/06/2026'], ['2026-04-13', '2026-06-05']],
  ['instants', 'timestamp', ['25/11/2026 10:00'], ['11/26/2026 10:00', '03/04/2026 9:30'], ['11/26/2026 10:00', '03/04/2026 9:30']],
  [
    'a local time behind instants that name their zone',
    'timestamp',
    ['2026-07-01T10:00:00Z', '2026-07-01T10:00:00+05:00'],
    ['2026-07-02T10:00:00', '2026-07-03T10:00:00Z'],
    ['2026-07-02 08:00:00.000000', '2026-07-03T10:00:00Z'],
    { timeZone: 'Europe/Paris' },
  ],
  ['a day that no order has', 'date', ['25/11/2026'], ['32/11/2026', 'soon'], ['32/11/2026', 'soon']],
  ['truth', 'boolean', ['0', '1'], ['2', 'yes'], ['2', 'yes']],
])('a sample is held against what comes behind it: %s', async (_, kind, sample, behind, expected, format) => {
  const { full, fast } = await readBehind(kind, sample, behind, format)
  expect(full).toEqual(expected)
  // The fast road is taken as long as each of its texts is a value.
  const isValue = (text: string | null): boolean =>
    text === null ||
    (kind === 'number' ? /^-?\d+(?:\.\d+)?$/ : kind === 'boolean' ? /^(?:[01]|true|false|yes|no)$/ : /^\d{4}-\d{2}-\d{2}/).test(text)
  if (fast.every(isValue)) expect(fast).toEqual(full)
})

test('an order of days that some dates behind the sample deny is not guessed', async () => {
  await expect(readBehind('date', ['03/04/2026'], ['13/04/2026', '04/13/2026'])).rejects.toMatchObject({
    code: 'file.ambiguous',
    message: expect.stringContaining('"03/04/2026" may be'),
  })
})

test('records keep their order when all of them are asked', async () => {
  const numbered = 'SELECT i AS _row, i::VARCHAR AS x FROM range(1, 300001) t(i)'
  const looked = { sample: [{ line: 1, cells: ['1'] }], whole: false, numbered }
  const file = { path: '/none', name: 'long.csv', bytes: 0 }
  const found = await findConventions(connection, file, [{ name: 'x', type: 'VARCHAR' }], looked, {}, { wanted: () => 'number' })
  await connection.run(`CREATE TEMP TABLE in_order AS ${found.numbered(numbered)}`)
  expect(await connection.value('SELECT count(*) FROM in_order WHERE rowid + 1 <> _row OR _row::VARCHAR <> x')).toBe(0)
})
