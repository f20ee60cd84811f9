import { type ColumnType, type RowCheck, unique, within } from '@sluice/author'
import { fc } from '@sluice/core/testing/properties'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checksOf } from './testing/checks.ts'
import { accepted, notNull } from './testing/declared.ts'
import { duckdb, type Engines, nameOf, openEngines, postgres, type Texts } from './testing/engines.ts'
import { texts, typeName, types } from './testing/values.ts'
import { fits } from './trust.ts'

let engines: Engines
beforeAll(async () => {
  engines = await openEngines()
})
afterAll(async () => await engines[Symbol.asyncDispose]())

interface Judged {
  readonly rules: readonly (string | null)[]
  /** The rows of which the two engines say different things. */
  readonly differences: readonly unknown[]
}

async function judged(
  batch: Texts,
  dialects: { readonly duckdb?: typeof duckdb; readonly postgres?: typeof postgres } = {},
): Promise<Judged> {
  const left = await engines.inDuckdb(batch, dialects.duckdb)
  const right = await engines.inPostgres(batch, dialects.postgres)
  expect([left.length, right.length]).toEqual([batch.rows.length, batch.rows.length])
  const differences = batch.rows.flatMap((row, index) =>
    JSON.stringify(left[index]) === JSON.stringify(right[index])
      ? []
      : [{ row: row.map((text) => text?.slice(0, 60)), duckdb: left[index], postgres: right[index] }],
  )
  return { rules: left.map(({ rule }) => rule), differences }
}

const differences = async (...of: Parameters<typeof judged>): Promise<Judged['differences']> => (await judged(...of)).differences

const column = (type: ColumnType, checks: readonly RowCheck[] = [], required = false): Texts => ({
  types: [type],
  required,
  checks,
  rows: texts.map((text) => [text]),
})

const cases = types.map((type) => [typeName(type), type] as const)

test.each(cases)('a text becomes a value of %s, or breaks the same rule, in both engines', async (_, type) => {
  expect(await differences(column(type))).toEqual([])
  expect(await differences(column(type, [], true))).toEqual([])
  expect(await differences({ ...column(type), orNull: true })).toEqual([])
})

test.each(cases)('each check of a column of %s finds the same rows in both engines', async (_, type) => {
  const found = new Set<string>()
  for (const check of checksOf(type, nameOf(0))) {
    const { rules, differences } = await judged(column(type, [check]))
    expect(differences, JSON.stringify(check)).toEqual([])
    for (const rule of rules) if (rule !== null) found.add(rule)
  }
  expect([...found]).toEqual(
    expect.arrayContaining(type.kind === 'json' ? ['not_null(c1)'] : ['not_null(c1)', 'within(c1)', 'accepted(c1)']),
  )
})

test.each(cases)('rows that repeat a key of %s are the same in both engines', async (_, type) => {
  const twice = { ...column(type, [unique(nameOf(0))]), rows: [...texts, ...texts.toReversed()].map((text) => [text]) }
  if (type.kind === 'json') await expect(differences(twice)).rejects.toMatchObject({ code: 'definition.invalid' })
  else expect(await differences(twice)).toEqual([])
})

test('a key of several columns counts only where all of them are there', async () => {
  const some = [null, '0', '-0', '0.0', '1', ' 1', 'x', 'NaN']
  const rows = some.flatMap((left) => some.map((right) => [left, right]))
  const pairs: readonly (readonly [ColumnType, ColumnType])[] = [
    [{ kind: 'double' }, { kind: 'text' }],
    [{ kind: 'integer' }, { kind: 'double' }],
    [{ kind: 'boolean' }, { kind: 'decimal', precision: 3, scale: 1 }],
  ]
  for (const pair of pairs)
    expect(await differences({ types: pair, rows: [...rows, ...rows], checks: [unique('c1', 'c2'), unique('c2')] })).toEqual([])
})

test('JSON has neither order nor an equality that the engines share, so checks on it are refused in both', async () => {
  for (const check of [within('c1', { min: '1' }), accepted('c1', ['{}']), unique('c1')]) {
    const refused = { code: 'definition.invalid', facts: { check: `${check.kind}(c1)` } }
    await expect(engines.inDuckdb(column({ kind: 'json' }, [check]))).rejects.toMatchObject(refused)
    await expect(engines.inPostgres(column({ kind: 'json' }, [check]))).rejects.toMatchObject(refused)
  }
})

test('a NUL character, which PostgreSQL cannot be given, is found in DuckDB', async () => {
  const rows = [['a\0b'], ['\0'], ['ab']]
  expect((await engines.inDuckdb({ types: [{ kind: 'text' }], rows })).map(({ rule }) => rule)).toEqual([
    'characters(c1)',
    'characters(c1)',
    null,
  ])
  expect((await engines.inDuckdb({ types: [{ kind: 'integer' }], rows: [['1\0']] })).map(({ rule }) => rule)).toEqual(['type(c1)'])
})

/** Values of DuckDB's own types, and texts of the same values as PostgreSQL has them. */
const typed: readonly (readonly [type: string, postgresType: string, values: readonly string[]])[] = [
  ['INTEGER', 'integer', ['0', '-1', '2147483647', '-2147483648', '99999', '100000']],
  ['BIGINT', 'bigint', ['0', '7', '2147483648', '9223372036854775807', '-9223372036854775808']],
  ['HUGEINT', 'numeric', ['0', '9223372036854775808', '99999999999999999999', '100000000000000000000000000000000000000']],
  ['DECIMAL(12,4)', 'numeric(12,4)', ['0', '1.5', '-0.0001', '99999999.9999', '12345.6700', '0.0050']],
  ['DECIMAL(38,18)', 'numeric(38,18)', ['0', '1.5', '0.000000000000000001', '99999999999999999999.999999999999999999', '2147483648']],
  [
    'DOUBLE',
    'double precision',
    ['0', '-0', '0.1', '1.5', '3', '1e3', '1e22', '1e300', '5e-324', 'nan', 'inf', '-inf', '2147483648', '0.005', '123456789.125'],
  ],
  ['BOOLEAN', 'boolean', ['true', 'false']],
  ['DATE', 'date', ['2026-01-05', '0001-01-01', '9999-12-31', '12345-01-01', 'infinity', '-infinity']],
  [
    'TIMESTAMPTZ',
    'timestamptz',
    [
      '2026-01-05 00:00:00+00',
      '2026-01-05 10:20:30.123456+00',
      '0001-01-01 00:00:00+00',
      '9999-12-31 23:59:59.999999+00',
      '12345-01-01 00:00:00+00',
      'infinity',
      '-infinity',
    ],
  ],
  ['VARCHAR', 'text', ['a', '1', '2026-01-05', 'true', '{}']],
]

test.each(typed.map((each) => [each[0], each] as const))(
  'a value of %s becomes what its text becomes, in both engines',
  async (_, [type, postgresType, values]) => {
    const different: unknown[] = []
    // The engines write doubles and far years as text in their own way.
    for (const target of types.filter(({ kind }) => kind !== 'text' && kind !== 'json')) {
      const list = values.map((value) => `CAST('${value}' AS ${type})`)
      const source = await engines.duck.value<string>(`SELECT typeof(${list[0]})`)
      if (!duckdb.converts(target, source ?? '')) continue
      const left = await engines.valuesInDuckdb(target, source ?? '', list)
      const texts = await engines.session.query<{ text: string }>(
        `select (v::${postgresType})::text as text from unnest($1::text[]) with ordinality as t (v, place) order by place`,
        [values],
      )
      const right = await engines.inPostgres({ types: [target], rows: texts.map(({ text }) => [text]) })
      values.forEach((value, index) => {
        if (JSON.stringify(left[index]) !== JSON.stringify(right[index]))
          different.push({ value, target: typeName(target), duckdb: left[index], postgres: right[index] })
      })
    }
    expect(different).toEqual([])
  },
)

test.each(types.map((from) => [typeName(from), from] as const))(
  'where texts of %s are trusted, nothing is broken that the whole judgement finds, and the values are the same',
  async (_, from) => {
    const values = (await engines.inDuckdb(column(from))).flatMap(({ rule }, index) => (rule === null ? [texts[index] ?? null] : []))
    const list = values.map((text) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`)).join(', ')
    const { select, each } = duckdb.conversions(`SELECT unnest([${list}]::VARCHAR[]) AS x`, [{ type: from, source: 'VARCHAR', x: 'x' }])
    const written = await engines.duck.rows<{ text: string | null }>(`SELECT CAST(${each[0]?.value} AS VARCHAR) AS text FROM (${select})`)
    const rows = written.map(({ text }) => [text])
    const trusting = { ...postgres, conversion: (type: ColumnType, text: string) => postgres.conversion(type, text, from) }
    for (const into of types.filter((type) => fits(from, type))) {
      const batch: Texts = { types: [into], rows }
      const whole = await engines.inPostgres(batch)
      expect(whole.filter(({ rule }) => rule !== null)).toEqual([])
      expect(await engines.inPostgres(batch, trusting)).toEqual(whole)
    }
  },
)

test('where a row can do without a value, what does not convert is null and the reason is told, in both engines', async () => {
  const rows = [['1.5'], ['x'], ['1e9'], ['1.234'], [null], ['1']]
  const type: ColumnType = { kind: 'decimal', precision: 3, scale: 1 }
  const found = await engines.inDuckdb({ types: [type], orNull: true, rows })
  expect(found.map(({ rule, values, adjusted }) => [rule, values?.[0], ...adjusted])).toEqual([
    [null, '1.5'],
    [null, null, 'type(c1)'],
    [null, null, 'range(c1)'],
    [null, null, 'exact(c1)'],
    [null, null],
    [null, '1.0'],
  ])
})

test('a column that rounds takes a half to the even neighbour, tells what it rounded, and nothing beyond its digits', async () => {
  const rows = [['0.5'], ['1.5'], ['-2.5'], ['2.5000000001'], ['99.5'], ['98.5'], ['7'], ['7.0'], ['8.41e-7'], ['x']]
  const type: ColumnType = { kind: 'decimal', precision: 2, scale: 0, round: true }
  const found = await engines.inPostgres({ types: [type], rows })
  expect(found.map(({ rule, values, adjusted }) => [rule, values?.[0] ?? null, ...adjusted])).toEqual([
    [null, '0', 'rounded(c1)'],
    [null, '2', 'rounded(c1)'],
    [null, '-2', 'rounded(c1)'],
    [null, '3', 'rounded(c1)'],
    ['range(c1)', null],
    [null, '98', 'rounded(c1)'],
    [null, '7'],
    [null, '7'],
    [null, '0', 'rounded(c1)'],
    ['type(c1)', null],
  ])
})

const odd = [...' \t\n+-.,:;_/eEtTzZxXnNfaAbBo0123456789\'"\\{}[]é']
const mutated = fc
  .tuple(
    fc.constantFrom(...texts.filter((text) => text !== null && text.length < 60)),
    fc.array(fc.tuple(fc.nat(60), fc.constantFrom(...odd, '')), { maxLength: 3 }),
  )
  .map(([text, edits]) => edits.reduce((at, [place, character]) => `${at.slice(0, place)}${character}${at.slice(place + 1)}`, text ?? ''))
const number = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
    fc.nat(45),
    fc.constantFrom('', 'e1', 'e-1', 'e20', 'E-20', 'e+99'),
  )
  .map(([sign, digits, point, exponent]) => {
    const text = digits.toString().padStart(point + 1, '0')
    return `${sign}${text.slice(0, text.length - point)}${point === 0 ? '' : `.${text.slice(text.length - point)}`}${exponent}`
  })
const double = fc.double().map(String)
const cell = fc.option(fc.oneof(mutated, number, double), { nil: null, freq: 10 })

test('random texts and checks are judged alike in both engines', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fc.constantFrom(...types),
      fc.array(fc.tuple(cell, cell), { minLength: 120, maxLength: 120 }),
      fc.nat(),
      fc.boolean(),
      async (left, right, rows, pick, required) => {
        const all = [...checksOf(left, 'c1'), ...checksOf(right, 'c2')]
        const checks = [all[pick % all.length], all[(pick * 7 + 3) % all.length], notNull('c1', 'c2')].filter(
          (check) => check !== undefined,
        )
        const keys = left.kind === 'json' || right.kind === 'json' ? [] : [unique('c1', 'c2')]
        expect(await differences({ types: [left, right], rows, required, checks: [...checks, ...keys] })).toEqual([])
      },
    ),
    { numRuns: 40 },
  )
})

test.each([
  [
    'decimals that are rounded',
    { kind: 'decimal', precision: 10, scale: 2 },
    [],
    {
      duckdb: {
        ...duckdb,
        conversions: (select: string, columns: readonly { readonly x: string }[]) => ({
          select,
          each: columns.map(({ x }) => lenient(`TRY_CAST(${x} AS DECIMAL(10,2))`, x)),
        }),
      },
    },
  ],
  [
    "the server's own reading of dates",
    { kind: 'date' },
    [],
    {
      postgres: {
        ...postgres,
        conversion: (_: ColumnType, x: string) => lenient(`case when pg_input_is_valid(${x}, 'date') then ${x}::date end`, x),
      },
    },
  ],
  [
    'bounds that belong to one side only',
    { kind: 'integer' },
    [within('c1', { max: 7 })],
    { duckdb: { ...duckdb, ordered: (_: ColumnType, sql: string) => `(1 + ${sql})`.replace('(1 + CAST', '(CAST') } },
  ],
] as const)('a dialect that is wrong is found: %s', async (_, type, checks, wrong) => {
  expect(await differences({ ...column(type), checks }, wrong)).not.toEqual([])
})

const lenient = (value: string, x: string) => ({
  value,
  absent: `${x} is null`,
  arms: (typed: string) => [{ when: `${typed} is null`, breaks: 'type' as const }],
})
