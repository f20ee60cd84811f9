import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import type { FileColumn, WantedKind } from '../reader.ts'
import { findConventions } from './conventions.ts'
import { datePattern } from './date-pattern.ts'
import { monthNames } from './months.ts'
import { textsOf } from './texts.ts'

const duckdb = await openDuckDB()
const connection = await duckdb.connect()
afterAll(() => duckdb.close())
const random = seeded(seedOfRun())
const { integer, pick, chance } = random
const rounds = long ? 2000 : 25
const file = { path: '/none', name: 'random', bytes: 0 }

/** What becomes of texts in one column, by `rows` and by `numbered`. */
async function readColumn(texts: readonly (string | null)[], kind: WantedKind, format: object = {}) {
  const columns: FileColumn[] = [{ name: 'x', type: 'VARCHAR' }]
  const values = texts.map((text, at) => `(${at + 1}, ${text === null ? 'NULL' : quoteLiteral(text)})`)
  const numbered = `SELECT _row, x FROM (VALUES ${values.join(', ')}) AS t(_row, x)`
  const conventions = await findConventions(connection, file, columns, await textsOf(connection, columns, numbered), format, {
    wanted: () => kind,
  })
  const fast = await connection.rows<{ x: string | null }>(conventions.rows(`SELECT x FROM (${numbered})`))
  const full = await connection.rows<{ x: string | null }>(`SELECT x FROM (${conventions.numbered(numbered)}) ORDER BY _row`)
  return { found: conventions.found, fast: fast.map(({ x }) => x), full: full.map(({ x }) => x) }
}

/** A number as people of some place write it, and as the judge does. */
function randomNumbers(): { readonly texts: string[]; readonly values: string[] } {
  const decimal = pick(['.', ','])
  const group = pick([' ', '\u00a0', '\u202f', "'", '\u2019', '', decimal === ',' ? '.' : ','])
  const currency = pick(['', '€', '$', 'CHF', 'kr', 'R$'])
  const negative = pick(['minus', 'parentheses', 'behind'])
  const texts: string[] = []
  const values: string[] = []
  for (let count = 3 + integer(30); count > 0; count--) {
    const whole = String(integer(10 ** (1 + integer(9))))
    const fraction = String(integer(100)).padStart(2, '0')
    const isNegative = chance(0.3)
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group)
    const money = currency === '' ? '' : pick([`${currency} `, currency, ''])
    const bare = `${money}${grouped}${decimal}${fraction}${money === '' && currency !== '' ? pick([' ', '']) + currency : ''}`
    texts.push(!isNegative ? bare : negative === 'minus' ? `-${bare}` : negative === 'behind' ? `${bare}-` : `(${bare})`)
    values.push(`${isNegative ? '-' : ''}${whole}.${fraction}`)
  }
  return { texts, values }
}

test('numbers in any convention are read to the last digit', async () => {
  for (let round = 0; round < rounds; round++) {
    const { texts, values } = randomNumbers()
    const { fast, full } = await readColumn(texts, 'number')
    expect(full, JSON.stringify(texts)).toEqual(values)
    expect(fast, JSON.stringify(texts)).toEqual(values)
  }
})

const patterns = [
  'dd/MM/yyyy',
  'M/d/yyyy',
  'd.M.yy',
  'yyyyMMdd',
  'd-MMM-yy',
  'd MMMM yyyy',
  'MMM d, yyyy',
  'dd/MM/yyyy HH:mm:ss',
  'M/d/yyyy h:mm a',
  "yyyy.MM.dd'T'HH:mm:ss.SSS",
  'dd.MM.yyyy HH:mm:ssXXX',
] as const

function written(pattern: string, language: string, date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  const names = monthNames(language)[date.getUTCMonth()] ?? []
  const hours = date.getUTCHours()
  const parts: Record<string, string> = {
    yyyy: String(date.getUTCFullYear()),
    yy: two(date.getUTCFullYear() % 100),
    MMMM: names[0] ?? '',
    MMM: names[0] ?? '',
    MM: two(date.getUTCMonth() + 1),
    M: String(date.getUTCMonth() + 1),
    dd: two(date.getUTCDate()),
    d: String(date.getUTCDate()),
    HH: two(hours),
    h: String(hours % 12 === 0 ? 12 : hours % 12),
    mm: two(date.getUTCMinutes()),
    ss: two(date.getUTCSeconds()),
    SSS: String(date.getUTCMilliseconds()).padStart(3, '0'),
    a: hours < 12 ? 'AM' : 'PM',
    XXX: '+02:00',
    "'T'": 'T',
  }
  return pattern.replace(/'T'|([a-zA-Z])\1*/g, (run) => parts[run] ?? run)
}

test.each(['dd/MM/yyyy', 'M/d/yyyy h:mm a'])('the year 0 is not a year of %s, here or in DuckDB', async (form) => {
  const pattern = datePattern(form, 'en', 'zero')
  const [text, next] = form === 'dd/MM/yyyy' ? ['24/04/0000', '24/04/0001'] : ['4/24/0000 3:01 AM', '4/24/0001 3:01 AM']
  const read = `SELECT ${pattern.sql('x')} AS date FROM (VALUES (${quoteLiteral(text)}), (${quoteLiteral(next)})) AS t(x)`
  expect((await connection.rows<{ date: string | null }>(read)).map(({ date }) => date ?? undefined)).toEqual([
    undefined,
    pattern.read(next),
  ])
  expect(pattern.read(text)).toBeUndefined()
})

test('a date is read alike here and in DuckDB, and what is not one by neither', async () => {
  for (let round = 0; round < rounds; round++) {
    const language = pick(['en', 'fr', 'de', 'es', 'pl'])
    const pattern = datePattern(pick(patterns), language, 'random')
    const texts = Array.from({ length: 20 }, () => {
      const text = written(pattern.pattern, language, new Date(integer(2 ** 31) * 1000))
      if (!chance(0.3)) return text
      const at = integer(text.length)
      return `${text.slice(0, at)}${pick(['0', '9', '3', ' ', 'x', '/', 'é'])}${text.slice(at + 1)}`
    })
    const list = texts.map((text) => `(${quoteLiteral(text)})`).join(', ')
    const rows = await connection.rows<{ date: string | null }>(`SELECT ${pattern.sql('x')} AS date FROM (VALUES ${list}) AS t(x)`)
    expect(
      rows.map(({ date }) => date ?? undefined),
      `${pattern.pattern} ${language} ${JSON.stringify(texts)}`,
    ).toEqual(texts.map((text) => pattern.read(text)))
  }
})

test('dates of a column that says its form are found and read', async () => {
  for (let round = 0; round < rounds; round++) {
    const pattern = pick(['dd/MM/yyyy', 'M/d/yyyy', 'dd.MM.yyyy', 'd-MMM-yyyy', 'MMM d, yyyy'])
    const dates = [25, 1 + integer(28), 1 + integer(28)].map((day) => new Date(Date.UTC(1970 + integer(90), integer(12), day)))
    const { full, fast } = await readColumn(
      dates.map((date) => written(pattern, 'en', date)),
      'date',
    )
    expect(full, pattern).toEqual(dates.map((date) => date.toISOString().slice(0, 10)))
    expect(fast).toEqual(full)
  }
})

test('what is not of the convention of its column stays as it came', async () => {
  const { full } = await readColumn(['1,5', '2,25', 'x', '1,2,3', '12,34,56', '1.2.3', '5 %', null], 'number')
  expect(full).toEqual(['1.5', '2.25', 'x', '1,2,3', '12,34,56', '1.2.3', '5 %', null])
})
