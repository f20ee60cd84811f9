import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, boolean, type ColumnType, csv, date, decimal, double, integer, timestamp } from '@sluice/author'
import { duckdbDialect } from '@sluice/checks'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { duckdbType, openDuckDB, quoteLiteral } from '@sluice/duckdb'
import { afterAll, expect, test } from 'vitest'
import type { TextFile } from '../bytes/text-file.ts'
import type { Layout } from './dialect.ts'
import { type Provable, provableOf } from './provable.ts'
import { reader } from './reader.ts'
import { selectPlain, selectTyped } from './select.ts'
import { survey } from './survey.ts'
import { walkerOf } from './walk.ts'

const duckdb = await openDuckDB({ threads: 2 })
const connection = await duckdb.connect()
const folder = mkdtempSync(join(tmpdir(), 'sluice-proved-'))
afterAll(() => {
  duckdb.close()
  rmSync(folder, { recursive: true })
})

const { integer: below, pick, chance } = seeded(seedOfRun())
const dialect = { delimiter: ',', quote: '"', escape: '"', comment: '' }
const judge = duckdbDialect({ literal: quoteLiteral, type: duckdbType })

const types: readonly ColumnType[] = [
  integer().type,
  bigint().type,
  decimal(12, 2).type,
  decimal(18, 0).type,
  decimal(18, 17).type,
  decimal(5, 4).type,
  double().type,
  boolean().type,
  date().type,
  timestamp().type,
]

/** Texts that some reader takes for a value, and those at the edges of what is proved. */
const odd = [
  ...[
    '',
    '-',
    '-0',
    '+1',
    '00',
    '007',
    ' 1',
    '1 ',
    '1e5',
    '1E5',
    '١',
    '0x1',
    '1_000',
    '1,000',
    "1'000",
    '--1',
    '1-',
    '1.',
    '.5',
    '-.5',
    '1..2',
    '1.2.3',
  ],
  ...[
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '999999999999999999',
    '9223372036854775807',
    '9'.repeat(40),
    `0.${'1'.repeat(40)}`,
  ],
  ...[
    '9999999999.99',
    '10000000000.00',
    '1.234',
    '0.00000000000000001',
    '9.99999',
    'NaN',
    'inf',
    '-Infinity',
    '1e400',
    '1e-400',
    `${'1'.repeat(20)}.5`,
  ],
  ...['true', 'false', 'TRUE', 'True', 't', 'f', 'yes', 'on', '1', '0', 'truex', 'tru', 'fals'],
  ...[
    '2026-11-30',
    '2026-02-29',
    '2024-02-29',
    '1900-02-29',
    '2000-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '0001-01-01',
  ],
  ...[
    '9999-12-31',
    '10000-01-01',
    '-2026-01-01',
    '2026-1-1',
    '2026/11/30',
    '26-11-30',
    '2026-11-30 BC',
    '2026-11-3O',
    ' 9:00',
    '24:00',
    'epoch',
    'infinity',
  ],
  ...[
    '2026-11-30T09:30:00Z',
    '2026-11-30 09:30:00Z',
    '2026-11-30t09:30:00Z',
    '2026-11-30T09:30:00z',
    '2026-11-30T09:30:00',
    '2026-11-30T09:30Z',
  ],
  ...['2026-11-30T24:00:00Z', '2016-12-31T23:59:60Z', '2026-11-30T9:30:00Z', '2026-11-30T09:30:00.123456Z', '2026-11-30T09:30:00.1234567Z'],
  ...[
    '2026-11-30T09:30:00.Z',
    '2026-11-30T09:30:00+01:00',
    '2026-11-30T09:30:00 UTC',
    '2026-11-30T09:30:00Z Europe/Paris',
    '0001-01-01T00:00:00Z',
  ],
  ...['9999-12-31T23:59:59.999999Z', '2026-02-30T00:00:00Z', '2026-11-30T00:00:00Zx', '2026-11-30T00:60:00Z'],
]

const digits = (most: number): string => Array.from({ length: 1 + below(most) }, () => below(10)).join('')
const padded = (most: number): string => String(below(most)).padStart(2, '0')
const day = (): string => `${String(below(10_000)).padStart(4, '0')}-${padded(14)}-${padded(33)}`
const usual = (): string =>
  pick([
    () => `${chance(0.3) ? '-' : ''}${digits(pick([3, 10, 19]))}`,
    () => `${chance(0.3) ? '-' : ''}${digits(pick([2, 10, 18]))}.${digits(pick([2, 18]))}`,
    day,
    () => `${day()}${pick(['T', ' '])}${padded(25)}:${padded(61)}:${padded(61)}${chance(0.5) ? `.${digits(7)}` : ''}Z`,
  ])()

/** One character more, less or another. */
function spoiled(text: string): string {
  const at = below(text.length + 1)
  return text.slice(0, at) + pick(['', '0', '-', '.', ' ', 'Z', 'T', ':', 'e', '+', '9']) + text.slice(at + below(2))
}

const isProved = (text: string, provable: Provable): boolean => {
  const bytes = Buffer.from(`${text},x\n`)
  const walker = walkerOf(dialect, [provable, undefined])
  return walker.over(bytes)(0) === bytes.length && walker.proved[0] === 1
}

function fileOf(content: string): TextFile {
  const path = join(folder, 'file')
  writeFileSync(path, content)
  const found = { compression: 'none', encoding: 'utf-8', mark: false } as const
  return { found, path, start: 0, bytes: statSync(path).size, [Symbol.asyncDispose]: () => Promise.resolve() }
}

test.each(types.map((type) => [duckdbType(type), type] as const))(
  'a text that is proved to be %s is read as the grammar reads it',
  async (_, type) => {
    const provable = provableOf(type) as Provable
    const few = [...odd, ...Array.from({ length: long ? 100_000 : 3_000 }, usual)]
    const proved = [...few, ...few.map(spoiled)].filter((text) => !/[,"\n\r]/.test(text) && isProved(text, provable))
    expect(proved.filter((text) => text !== '').length, 'some are').toBeGreaterThan(1)
    const text = fileOf(proved.map((each, at) => `${at},${each}\n`).join(''))
    const layout: Layout = { skip: 0, header: false, width: 2, trailing: false }
    const columns = [undefined, provable]
    const surveyed = await survey(text, dialect, layout, undefined, columns)
    if (!surveyed.plain) throw new Error(`not plain: ${surveyed.why} in line ${surveyed.line}`)
    expect(surveyed.proved).toEqual([false, true])
    const { select, each } = judge.conversions(selectPlain(text, dialect, layout, ['line', 'x'], surveyed).rows, [
      { type, source: 'VARCHAR', x: 'x' },
    ])
    const typed = selectTyped(text, dialect, layout, ['line', 'x'], surveyed, columns)
    const differing = await connection.rows(
      `SELECT judged.x AS text, judged.v::VARCHAR AS judged, typed.x::VARCHAR AS typed FROM (SELECT line, x, ${each[0]?.value} AS v FROM (${select})) judged
     JOIN (${typed}) typed USING (line) WHERE judged.v IS DISTINCT FROM typed.x OR judged.v::VARCHAR IS DISTINCT FROM typed.x::VARCHAR OR (judged.x IS NOT NULL AND judged.v IS NULL)`,
    )
    expect(differing).toEqual([])
    expect(await connection.value(`SELECT count(*)::INTEGER FROM (${typed})`)).toBe(proved.length)
  },
)

const form: readonly ColumnType[] = [bigint().type, date().type, decimal(12, 2).type, boolean().type, timestamp().type]
const good = ['12', '2026-11-30', '-1.50', 'true', '2026-11-30T09:30:00Z']

test('one text that is written in another way takes the proof from its column alone, wherever it stands', async () => {
  const columns = [...form.map(provableOf), undefined]
  const layout: Layout = { skip: 0, header: true, width: 6, trailing: false }
  const lines = 30_000
  const wide = 'x'.repeat(2_000_000)
  for (const [lineEnd, last, odd] of [
    ['\n', '\n', 'x'],
    ['\r\n', '', '"12"'],
    ['\n', '', ''],
    ['\n', '\n\n', '1 '],
  ] as const) {
    const [at, column] = [pick([0, below(lines), lines - 1]), below(form.length)]
    const rows = Array.from({ length: lines }, (_, line) => [
      ...good.map((text, place) => (line === at && place === column ? odd : text)),
      '"one, two"',
    ])
    const text = fileOf(`a,b,c,d,e,f${lineEnd}${rows.map((cells) => cells.join(',')).join(lineEnd)}${last}`)
    const found = await survey(text, dialect, layout, undefined, columns)
    const proved = [...form.map((_, place) => odd === '' || place !== column), false]
    expect(found, JSON.stringify({ lineEnd, odd, at, column })).toMatchObject({ plain: true, records: lines, proved })
  }
  const long = fileOf(`a,b,c,d,e,f\n${[...good, 'y'].join(',')}\n${[...good, wide].join(',')}\n${[...good, 'y'].join(',')}\n`)
  const found = await survey(long, dialect, layout, undefined, columns)
  expect(found, 'a line that is longer than a piece proves nothing').toMatchObject({
    plain: true,
    records: 3,
    proved: columns.map(() => false),
  })
})

test('parts of a text that threads look at are found to be what the whole is', async () => {
  const columns = form.map(provableOf)
  const layout: Layout = { skip: 0, header: true, width: form.length, trailing: false }
  const header = 'a,b,c,d,e'
  const lines = 4_000
  const others = ['1,2', '1,"2,3', header, '1,2,3,4,5\r', '', ',\0,,,', ',\ud800,,,'] as const
  for (const odd of [undefined, pick(['1 ,,,,', ',,"",true,']), pick(others), pick(others)]) {
    const rows = Array.from({ length: lines }, () => good.join(','))
    if (odd !== undefined) rows[pick([1, 500, lines / 2, lines - 1])] = odd
    const text = fileOf(`${header}\n${rows.join('\n')}${pick(['', '\n', '\n\n'])}`)
    const whole = await survey(text, dialect, layout, undefined, columns, 1)
    const inParts = await survey(text, dialect, layout, undefined, columns, 2 + below(3))
    // Which line of those that are not alike is the odd one depends on where one begins.
    expect(inParts, odd).toEqual(whole.plain ? whole : expect.objectContaining({ plain: false }))
  }
  expect(await survey(fileOf('a,b,c,d,e'), dialect, layout, undefined, columns, 4)).toMatchObject({ plain: true, records: 0 })
})

test('a survey whose threads are stopped ends, and one of a file that has gone says so', async () => {
  const layout: Layout = { skip: 0, header: false, width: form.length, trailing: false }
  const text = fileOf(`${good.join(',')}\n`.repeat(100_000))
  const ending = new AbortController()
  const surveyed = survey(text, dialect, layout, ending.signal, form.map(provableOf), 3)
  ending.abort(new Error('stopped'))
  await expect(surveyed).rejects.toThrow('stopped')
  rmSync(text.path)
  await expect(survey(text, dialect, layout, undefined, [], 3)).rejects.toMatchObject({ code: 'file.missing' })
})

test('a file gives typed rows where its texts and conventions allow it, and they are the rows that its texts give', async () => {
  const columns = { n: bigint().type, d: date().type, p: decimal(12, 2).type, b: boolean().type, t: timestamp().type } as const
  const kinds = { n: 'number', d: 'date', p: 'number', b: 'boolean', t: 'timestamp' } as const
  const rows = Array.from({ length: 40_000 }, (_, at) => [at, ...good.slice(1)].join(','))
  const content = `n,d,p,b,t\n${rows.join('\n')}\n`
  const path = join(folder, 'whole.csv')
  writeFileSync(path, content)
  const open = (format: Parameters<typeof csv>[0]) =>
    reader.open(connection, { path, name: 'whole.csv', bytes: content.length }, csv(format), {
      workFolder: folder,
      wanted: (name) => kinds[name as keyof typeof kinds],
      target: (name) => columns[name as keyof typeof columns],
    })
  await using plain = await open({})
  expect(plain.typed?.columns.map(({ type }) => type)).toEqual(['BIGINT', 'DATE', 'DECIMAL(12,2)', 'BOOLEAN', 'TIMESTAMP WITH TIME ZONE'])
  const asText = (select: string): string => `SELECT n::VARCHAR, d::VARCHAR, p::VARCHAR, b::VARCHAR, left(t::VARCHAR, 10) FROM (${select})`
  expect(await connection.rows(`${asText(plain.typed?.rows ?? '')} EXCEPT ALL ${asText(plain.rows)}`)).toEqual([])
  await using german = await open({ decimal: ',' })
  expect(german.typed?.columns[2], 'a point is a mark of thousands there').toEqual({ name: 'p', type: 'VARCHAR' })
  await using spelled = await open({ nulls: ['12'] })
  expect(spelled.typed).toBeUndefined()
})
