import {
  type AnyDataset,
  accepted,
  bigint,
  dataset,
  date,
  decimal,
  double,
  emailAddress,
  freshness,
  type Graded,
  graded,
  inOrder,
  integer,
  length,
  matches,
  notNull,
  quality,
  refersTo,
  rowCount,
  type Sql,
  sql,
  text,
  timestamp,
  unique,
  violations,
  within,
} from '@sluice/author'
import { formatInstant, parseInstant } from '@sluice/core'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dialect } from '../dialect.ts'
import { duckdb, type Engines, openEngines, postgres } from '../testing/engines.ts'
import { planQuality, sampleSql } from './plan.ts'
import { type QualityFigures, verdictsOf } from './verdict.ts'

let engines: Engines
beforeAll(async () => {
  engines = await openEngines()
})
afterAll(async () => await engines[Symbol.asyncDispose]())

const parents = dataset('public.parents', { on: 'warehouse', columns: { id: integer({ notNull: true }), word: text() }, key: ['id'] })
const columns = {
  id: integer(),
  word: text(),
  amount: decimal(12, 2),
  share: double(),
  large: bigint(),
  starts: date(),
  ends: date(),
  seen_at: timestamp(),
  parent: integer(),
}
const things = dataset('public.things', { on: 'warehouse', columns, key: ['id'] })
const types = ['integer', 'text', 'decimal(12,2)', 'double precision', 'bigint', 'date', 'date', 'timestamptz', 'integer']
const now = parseInstant('2026-03-01T00:00:00Z') ?? 0

const cells: readonly (readonly (string | null)[])[] = [
  [null, '0', '1', '2', '3', '-5', '2147483647'],
  [null, '', 'a', 'A', 'ä', 'open', 'closed', 'ab\ncd', 'x@example.org', 'X.y+z@a-b.example', 'no@where', "it's", '\\', '😀😀', ' a '],
  [null, '0', '0.01', '-0.01', '99.99', '100.00', '9999999999.99'],
  [null, '0', '-0', '0.1', '1.5', 'NaN', 'Infinity', '-Infinity', '1e300'],
  [null, '0', '9223372036854775807', '-9223372036854775808'],
  [null, '2026-01-01', '2026-01-31', '0001-01-01', '9999-12-31'],
  [null, '2026-01-01', '2026-01-30', '2026-02-28'],
  [null, '2026-02-28 23:59:59.999999+00', '2026-02-28 23:00:00+00', '2026-03-01 00:00:00+00', '1969-12-31 23:59:59+00'],
  [null, '1', '2', '7'],
]

const patterns = [
  'a',
  '[a-z]+',
  '[^a]*',
  '(open|closed)?',
  '[A-Za-zä]{1,3}',
  "[\\\\']+",
  '(?:a|ab[\\n]c)[a-z]*',
  '[^\\n]{2}',
  '[ a]+',
  '[a\\-b]+',
  '\\\\',
]

const rules = [
  notNull('word'),
  notNull('id', 'share'),
  unique('id'),
  unique('share'),
  unique('word', 'parent'),
  accepted('word', ['open', 'closed', "it's"]),
  accepted('id', [1, 2]),
  within('amount', { min: '0.01', max: 100 }),
  within('share', { min: 0, max: 1.5 }),
  within('large', { max: 7 }),
  within('word', { min: 'a' } as never),
  within('seen_at', { min: '2026-01-01' }),
  emailAddress('word'),
  ...patterns.map((pattern) => matches('word', pattern)),
  length('word', { min: 1, max: 2 }),
  inOrder('starts', 'ends'),
  refersTo('parent', parents),
  rowCount({ min: 3, max: 30 }),
  freshness('seen_at', '1h'),
  violations('odd words', sql`select word from ${things} where word = 'a' group by word having count(*) > 1`),
]
const conditions = [undefined, sql`id > 0`, sql`word is null or parent = 1`, sql`false`]

const quoted = (value: string | null, type: string): string => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'::${type}`)
const rowsSql = (rows: readonly (readonly (string | null)[])[]): string =>
  rows.map((row) => `(${row.map((value, at) => quoted(value, types[at] ?? 'text')).join(', ')})`).join(', ')

async function fill(rows: readonly (readonly (string | null)[])[]): Promise<void> {
  const names = Object.keys(columns)
  const made = `create temporary table things (${names.map((name, at) => `${name} ${types[at]}`).join(', ')})`
  const statements = [
    'drop table if exists things',
    'drop table if exists parents',
    made,
    'create temporary table parents (id integer, word text)',
    `insert into parents values (1, 'a'), (2, null)`,
  ]
  for (const statement of [...statements, ...(rows.length === 0 ? [] : [`insert into things values ${rowsSql(rows)}`])]) {
    await engines.duck.run(statement)
    await engines.session.query(statement)
  }
}

const rendered = ({ parts }: Sql): string =>
  parts
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'dataset') return part.id.split('.').at(-1)
      if (part.kind === 'instant' && typeof part.at === 'number') return `'${formatInstant(part.at)}'::timestamptz`
      throw new Error(`a plan holds a ${part.kind}`)
    })
    .join('')

async function figuresIn(ask: (text: string) => Promise<readonly unknown[]>, dialect: Dialect, step: Asked): Promise<QualityFigures> {
  const { pass, others } = planQuality({ ...step, now }, dialect)
  const figures: Record<string, string | number | null> = {}
  for (const each of [pass, ...others]) Object.assign(figures, (await ask(rendered(each)))[0])
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      name.startsWith('v') ? value && formatInstant(parseInstant(String(value)) ?? Number(value)) : Number(value),
    ]),
  )
}

interface Asked {
  readonly on: AnyDataset
  readonly checks: readonly Graded[]
  readonly where: Sql | undefined
}

const inDuckdb = (step: Asked, dialect: Dialect = duckdb) => figuresIn((text) => engines.duck.rows(text), dialect, step)
const inPostgres = (step: Asked) => figuresIn((text) => engines.session.query(text), postgres, step)

test('random checks of random rows give the same figures in both engines', async () => {
  const random = seeded(seedOfRun())
  const one = <T>(of: readonly T[]): T => of[random.integer(of.length)] as T
  for (let round = 0; round < 12; round++) {
    await fill(Array.from({ length: random.integer(40) }, () => cells.map(one)))
    const checks = rules.map((rule, at) => {
      const where = one(conditions)
      return graded(rule as ReturnType<typeof notNull>, {
        name: `c${at}`,
        ...(where === undefined || (rule.kind as string) === 'violations' ? {} : { where }),
        ...(['row_count', 'fresh'].includes(rule.kind) ? {} : { atMost: one([0, 2, '10%', '50.5%'] as const) }),
      })
    })
    const where = one(conditions)
    const step = quality({ name: 'q', on: things, checks: checks as never, ...(where === undefined ? {} : { where }) })
    const [left, right] = [await inDuckdb(step), await inPostgres(step)]
    expect(left).toEqual(right)
    expect(verdictsOf(step.checks, left, false)).toEqual(verdictsOf(step.checks, right, false))
  }
})

test('a pattern is read by both engines as JavaScript reads it', async () => {
  const texts = cells[1] ?? []
  await fill(texts.map((word) => [null, word, ...Array.from({ length: 7 }, () => null)]))
  const step = quality({ name: 'q', on: things, checks: patterns.map((each) => graded(matches('word', each), { name: each })) })
  const expected = patterns.map((each) => texts.filter((word) => word !== null && !new RegExp(`^(?:${each})$`, 'u').test(word)).length)
  for (const figures of [await inDuckdb(step), await inPostgres(step)]) {
    expect(verdictsOf(step.checks, figures, false).map(({ broken }) => broken)).toEqual(expected)
  }
})

test('an engine that judged otherwise would be seen', async () => {
  await fill([['1', 'open', ...Array.from({ length: 7 }, () => null)]])
  const step = quality({ name: 'q', on: things, checks: [matches('word', 'op')] })
  const partly: Dialect = { ...duckdb, matches: (text, pattern) => `regexp_matches(${text}, '${pattern}')` }
  expect(await inDuckdb(step, partly)).not.toEqual(await inPostgres(step))
})

test('a sample shows the key and the columns of the check, and no personal value', async () => {
  const people = dataset('public.things', {
    on: 'warehouse',
    columns: { ...columns, word: text({ personal: true }) },
    key: ['id'],
  })
  await fill([
    ['1', 'x', ...Array.from({ length: 7 }, () => null)],
    ['2', 'x@example.org', ...Array.from({ length: 7 }, () => null)],
  ])
  const step = quality({ name: 'q', on: people, checks: [emailAddress('word'), unique('id')] })
  const [email, key] = step.checks
  for (const [ask, dialect] of [
    [(text: string) => engines.duck.rows(text), duckdb],
    [(text: string) => engines.session.query(text), postgres],
  ] as const) {
    const sample = email && sampleSql({ ...step, now }, email, dialect, 5)
    expect(sample && (await ask(rendered(sample)))).toEqual([{ id: 1, word: '***' }])
    expect(key && sampleSql({ ...step, now }, key, dialect, 5)).toBeUndefined()
  }
})
